"""Following redirects: step by step, never in a circle, never for ever."""

from __future__ import annotations

from gitdraft.errors import StateRefused
from gitdraft.model.entities import EntityRef
from gitdraft.model.rebasing import Redirected
from gitdraft.workflow.overlaying import EffectiveView

MOST_HOPS = 100


def follow(view: EffectiveView, entity: EntityRef) -> EntityRef:
    """Where the redirects from ``entity`` end in this view: itself when it is none; what stands there may be
    live, deleted or nothing; a file there is not read.

    Raises StateRefused: ``circular-redirect`` when they lead back, ``redirect-chain-too-long`` after
    ``MOST_HOPS`` (gitdraft writes no chain; somebody made this one by hand).
    """
    seen = [entity]
    while not view.is_live(seen[-1]) and isinstance(standing := view.standing(seen[-1]), Redirected):
        if standing.target in seen:
            raise StateRefused(
                f"the redirects from '{entity}' lead back to '{standing.target}'",
                code="circular-redirect",
                context={"entity": str(entity), "chain": [str(step) for step in seen]},
                hint=f"gitdraft redirect revert {standing.target} --reason REASON",
            )
        if len(seen) > MOST_HOPS:
            raise StateRefused(
                f"the redirects from '{entity}' take more than {MOST_HOPS} steps",
                code="redirect-chain-too-long",
                context={"entity": str(entity)},
                hint="gitdraft doctor lists redirects to redirects",
            )
        seen.append(standing.target)
    return seen[-1]
