<?php

namespace MediaWiki\Extension\GitdraftPush;

use stdClass;

/**
 * What changed between two revisions, as a patch (RFC 6902).
 */
class Patch {
	/**
	 * Objects are compared member by member, arrays as a whole. A value that changed is an `add`, which sets a member
	 * whether it is there or not: the service's entity need not be the old revision.
	 *
	 * @param stdClass $old
	 * @param stdClass $new
	 * @param string $path Where both are, a JSON pointer
	 * @return array[] Empty when they are equal
	 */
	public static function between( stdClass $old, stdClass $new, string $path = '' ): array {
		$patch = [];
		foreach ( get_object_vars( $old ) as $name => $value ) {
			if ( !property_exists( $new, (string)$name ) ) {
				$patch[] = [ 'op' => 'remove', 'path' => self::member( $path, $name ) ];
			}
		}
		foreach ( get_object_vars( $new ) as $name => $value ) {
			$pointer = self::member( $path, $name );
			$there = property_exists( $old, (string)$name );
			if ( $there && $old->{$name} instanceof stdClass && $value instanceof stdClass ) {
				array_push( $patch, ...self::between( $old->{$name}, $value, $pointer ) );
			} elseif ( !$there || Json::text( $old->{$name} ) !== Json::text( $value ) ) {
				$patch[] = [ 'op' => 'add', 'path' => $pointer, 'value' => $value ];
			}
		}
		return $patch;
	}

	/**
	 * @param string $path
	 * @param string|int $name PHP keeps a name of digits as a number
	 * @return string
	 */
	private static function member( string $path, $name ): string {
		return $path . '/' . strtr( (string)$name, [ '~' => '~0', '/' => '~1' ] );
	}
}
