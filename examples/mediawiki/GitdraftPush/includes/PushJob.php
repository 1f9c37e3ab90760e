<?php

namespace MediaWiki\Extension\GitdraftPush;

use GenericParameterJob;
use Job;
use MediaWiki\Logger\LoggerFactory;
use MediaWiki\MediaWikiServices;

/**
 * One payload on its way to the service.
 *
 * Without an answer, or while the service is busy or broken, the job fails, and the wiki's queue tries it again. An
 * answer that refuses the payload is logged and ends it.
 */
class PushJob extends Job implements GenericParameterJob {
	private const TIMEOUT = 60;

	/**
	 * @param array $params `payload`, JSON; `mark`, its idempotency key; `instead`, a payload for the case that the
	 *   service does not know the entity, or null
	 */
	public function __construct( array $params ) {
		parent::__construct( 'gitdraftPush', $params );
	}

	/** @inheritDoc */
	public function run(): bool {
		$mark = $this->params['mark'];
		[ $status, $answer ] = $this->send( $this->params['payload'], $mark );
		if ( $status === 404 && $this->params['instead'] !== null ) {
			$mark .= '-create';
			[ $status, $answer ] = $this->send( $this->params['instead'], $mark );
		}
		$logger = LoggerFactory::getInstance( 'GitdraftPush' );
		$told = [ 'mark' => $mark, 'status' => $status ];
		if ( $status === 201 ) {
			$logger->info( '{mark}: draft {draft}', $told + [ 'draft' => $answer['draft_id'] ?? '' ] );
			return true;
		}
		if ( $status < 400 || $status === 429 || $status >= 500 ) {
			$logger->warning( '{mark}: the service answered {status}, tried again later', $told );
			$this->setLastError( "gitdraft answered $status" );
			return false;
		}
		$logger->error( '{mark}: refused with {status}: {message}', $told + [ 'message' => self::message( $answer ) ] );
		return true;
	}

	/**
	 * @param string $payload
	 * @param string $mark
	 * @return array The status, 0 without an answer, and the answer's JSON. It holds the draft's capability: nothing
	 *   of it but what is named is logged
	 */
	private function send( string $payload, string $mark ): array {
		$services = MediaWikiServices::getInstance();
		$config = $services->getMainConfig();
		$request = $services->getHttpRequestFactory()->create(
			rtrim( $config->get( 'GitdraftUrl' ), '/' ) . '/api/v2/mediawiki/import',
			[ 'method' => 'POST', 'postData' => $payload, 'timeout' => self::TIMEOUT ],
			__METHOD__
		);
		$request->setHeader( 'Authorization', 'Bearer ' . $config->get( 'GitdraftToken' ) );
		$request->setHeader( 'Content-Type', 'application/json' );
		$request->setHeader( 'Idempotency-Key', $mark );
		$request->execute();
		$answer = json_decode( (string)$request->getContent(), true );
		return [ $request->getStatus(), is_array( $answer ) ? $answer : [] ];
	}

	/**
	 * What the service said, with each mistake where it lists them.
	 */
	private static function message( array $answer ): string {
		$errors = $answer['context']['errors'] ?? [];
		$messages = array_merge( [ $answer['message'] ?? '' ], array_column( $errors, 'message' ) );
		return implode( '; ', array_unique( $messages ) );
	}
}
