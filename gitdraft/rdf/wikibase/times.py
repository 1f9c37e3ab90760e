"""Points in time as xsd:dateTime (XSD 1.1), cleaned as Wikibase cleans them.

A month or day of 0 is 1, a day beyond its month its last one; less than a day's precision leaves the calendar alone, a day
of the Julian one becomes a day of the (proleptic) Gregorian one. Years before our era are counted with a year 0, which
Wikibase's own notation does not have: there it is no point in time.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gitdraft.lazy_regex import regex

GREGORIAN = "http://www.wikidata.org/entity/Q1985727"
JULIAN = "http://www.wikidata.org/entity/Q1985786"
YEAR, MONTH, DAY = 9, 10, 11  # precisions
FIRST_YEAR, LAST_YEAR = -4713, 1465072  # of what PHP can convert between the calendars
POINT = regex(r"([+-]?)(\d+)-(\d+)-(\d+)T(.*)", re.DOTALL | re.ASCII)
DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Point(NamedTuple):
    """A point in time in parts; the year is never 0."""

    is_negative: bool
    year: int
    month: int
    day: int
    clock: str


def xsd_time(text: str, precision: int, calendar: str) -> str | None:
    """Returns the point in time as xsd:dateTime; ``None`` for what is none: the year 0, a calendar that is not known."""
    point = _parse(text)
    if point is None:
        return None
    if calendar == JULIAN and precision >= DAY:
        return _from_julian(point) or _from_gregorian(point, precision)
    if calendar in (GREGORIAN, JULIAN) or precision < DAY:
        return _from_gregorian(point, precision)
    return None


def _parse(text: str) -> Point | None:
    match = POINT.fullmatch(text)
    if match is None or int(match[2]) == 0:
        return None
    month, day = min(int(match[3]) or 1, 12), int(match[4]) or 1
    return Point(match[1] == "-", int(match[2]), month, day, match[5])


def _from_gregorian(point: Point, precision: int) -> str:
    month = point.month if precision > YEAR else 1
    day = point.day if precision > MONTH else 1
    year = -point.year if point.is_negative else point.year
    day = min(day, _days(month, max(year, FIRST_YEAR)))
    if point.is_negative and precision >= YEAR:
        year += 1
    return _write(year, month, day, point.clock)


def _days(month: int, year: int) -> int:
    """The days of a month; the year before 1 is -1."""
    astronomical = year + 1 if year < 0 else year
    is_leap = astronomical % 4 == 0 and (astronomical % 100 != 0 or astronomical % 400 == 0)
    return 29 if month == 2 and is_leap else DAYS[month - 1]


def _from_julian(point: Point) -> str | None:
    """Returns the day in the Gregorian calendar by way of its number (Fliegel and van Flandern); ``None`` out of range."""
    year = -point.year if point.is_negative else point.year
    if not FIRST_YEAR <= year <= LAST_YEAR or point.day > DAYS[0]:
        return None
    if (year, point.month, point.day) == (FIRST_YEAR, 1, 1):
        return None
    shift = (14 - point.month) // 12
    years = year + (4801 if year < 0 else 4800) - shift
    number = point.day + (153 * (point.month + 12 * shift - 3) + 2) // 5 + 365 * years + years // 4 - 32083
    since = number + 32044
    century = (4 * since + 3) // 146097
    rest = since - 146097 * century // 4
    span = (4 * rest + 3) // 1461
    days = rest - 1461 * span // 4
    part = (5 * days + 2) // 153
    day, month = days - (153 * part + 2) // 5 + 1, part + 3 - 12 * (part // 10)
    return _write(100 * century + span - 4800 + part // 10, month, day, point.clock)


def _write(year: int, month: int, day: int, clock: str) -> str:
    return f"{'-' if year < 0 else ''}{abs(year):04}-{month:02}-{day:02}T{clock}"
