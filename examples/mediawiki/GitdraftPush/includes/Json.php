<?php

namespace MediaWiki\Extension\GitdraftPush;

use Content;
use JsonContent;
use stdClass;
use TextContent;

/**
 * JSON as pages hold it.
 */
class Json {
	private const DEPTH = 128;
	private const OPENING = '~<(pre)\b[^>]*>|<(syntaxhighlight)\b[^>]*\blang\s*=\s*["\']?json\b[^>]*>~i';

	/**
	 * The entity on a page: all of a page of the content model json, else what is in the first
	 * <syntaxhighlight lang="json"> or <pre>.
	 *
	 * @param Content|null $content
	 * @return stdClass|null Null where there is none, or what is there is no JSON object
	 */
	public static function ofContent( ?Content $content ): ?stdClass {
		if ( !$content instanceof TextContent ) {
			return null;
		}
		$text = $content->getText();
		if ( !$content instanceof JsonContent ) {
			$text = self::block( $text );
		}
		$value = json_decode( $text, false, self::DEPTH );
		return $value instanceof stdClass ? $value : null;
	}

	/**
	 * @param mixed $value
	 * @return string
	 */
	public static function text( $value ): string {
		return json_encode(
			$value,
			JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_PRESERVE_ZERO_FRACTION | JSON_THROW_ON_ERROR
		);
	}

	private static function block( string $wikitext ): string {
		if ( !preg_match( self::OPENING, $wikitext, $found, PREG_OFFSET_CAPTURE ) ) {
			return '';
		}
		$start = $found[0][1] + strlen( $found[0][0] );
		$end = stripos( $wikitext, '</' . end( $found )[0], $start );
		return $end === false ? '' : substr( $wikitext, $start, $end - $start );
	}
}
