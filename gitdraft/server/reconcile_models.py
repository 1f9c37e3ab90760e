"""What is asked of reconciliation, by the schemas of the Reconciliation Service API 0.2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from gitdraft.api.inputs import parse_json_text
from gitdraft.errors import InvalidInput
from gitdraft.model.reconciliation import AskedColumn, AskedProperty, NameQuery
from gitdraft.server.error_handlers import invalid_fields

MOST_QUERIES = 100
MOST_IDS = 500
MOST_CANDIDATES = 50
USUAL_CANDIDATES = 10
DEEPEST = 10
Name = Annotated[str, Field(max_length=2000)]
TypeName = Annotated[str, Field(max_length=64)]
Parsed = TypeVar("Parsed")


class _Asked(BaseModel):
    model_config = ConfigDict(strict=True)


class EntityId(_Asked):
    id: Name


Value = Name | bool | int | float | EntityId


class PropertyBody(_Asked):
    pid: Name
    v: Value | Annotated[list[Value], Field(max_length=100)]

    def asked(self) -> AskedProperty:
        """The property as the api takes it."""
        values = self.v if isinstance(self.v, list) else [self.v]
        return AskedProperty(self.pid, tuple({"id": v.id} if isinstance(v, EntityId) else v for v in values))


class QueryBody(_Asked):
    """One query: a name, or values of properties."""

    model_config = ConfigDict(strict=True, extra="forbid")

    query: Name | None = None
    type: TypeName | Annotated[list[TypeName], Field(max_length=100)] | None = None
    limit: Annotated[int | float, Field(ge=1)] = USUAL_CANDIDATES
    properties: Annotated[list[PropertyBody], Field(max_length=20)] = []
    type_strict: Literal["any", "should", "all"] = "any"

    @model_validator(mode="after")
    def asks_something(self) -> QueryBody:
        """Raises ValueError where neither is given."""
        if self.query is None and not self.properties:
            raise ValueError("a query has a `query` or `properties`")
        return self

    def asked(self) -> NameQuery:
        """The query as the api takes it."""
        types = [self.type] if isinstance(self.type, str) else self.type or []
        limit = int(min(self.limit, MOST_CANDIDATES))
        properties = tuple(one.asked() for one in self.properties)
        return NameQuery(self.query, tuple(types), self.type_strict, limit, properties)


class ColumnSettings(_Asked):
    limit: Annotated[int, Field(ge=0, strict=False)] = 0


class ColumnBody(_Asked):
    id: Name
    settings: ColumnSettings = ColumnSettings()


class ExtensionBody(_Asked):
    """The values of properties of entities that are asked for."""

    ids: Annotated[list[Name], Field(max_length=MOST_IDS)]
    properties: Annotated[list[ColumnBody], Field(max_length=50)]

    def columns(self) -> list[AskedColumn]:
        """The properties as the api takes them."""
        return [AskedColumn(one.id, one.settings.limit) for one in self.properties]


QUERIES = TypeAdapter(dict[str, QueryBody])
EXTENSION = TypeAdapter(ExtensionBody)


def parse_queries(text: str) -> Mapping[str, NameQuery]:
    """The batch of queries in a text. Raises InvalidInput, naming every mistake; ``too-large`` for more than there may be."""
    value = _parse(text, "queries")
    if isinstance(value, dict) and len(value) > MOST_QUERIES:
        raise InvalidInput(
            f"{len(value):,} queries at once",
            code="too-large",
            context={"queries": len(value), "max_queries": MOST_QUERIES},
        )
    return {name: query.asked() for name, query in _checked(QUERIES, value, "queries").items()}


def parse_extension(text: str) -> ExtensionBody:
    """The question for values in a text. Raises InvalidInput as ``parse_queries`` does."""
    value = _parse(text, "extend")
    ids = value.get("ids") if isinstance(value, dict) else None
    if isinstance(ids, list) and len(ids) > MOST_IDS:
        raise InvalidInput(
            f"{len(ids):,} entities at once",
            code="too-large",
            context={"entities": len(ids), "max_entities": MOST_IDS},
        )
    return _checked(EXTENSION, value, "extend")


def _parse(text: str, name: str) -> Any:
    content = text.encode("utf-8", "surrogatepass")
    return parse_json_text(content, name, most=len(content), depth=DEEPEST)


def _checked(adapter: TypeAdapter[Parsed], value: Any, name: str) -> Parsed:
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        mistakes = [dict(mistake) | {"loc": (name, *mistake["loc"])} for mistake in error.errors()]
        raise invalid_fields(mistakes) from None
