"""One file, one check; a folder, where its words need a file of their own. All hold a ``CHECK``.

Whatever lies here is found by itself.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache
from importlib.metadata import entry_points

from studiocheck.core.check import Check

_ORDER = ("camera", "light", "mic", "net", "host")


@lru_cache(maxsize=1)
def all_checks() -> tuple[Check, ...]:
    """Return every check there is, own and installed, in the order of the checklist."""
    found = [
        importlib.import_module(f"{__name__}.{module.name}").CHECK
        for module in pkgutil.iter_modules(__path__)
    ]
    found += [point.load().CHECK for point in entry_points(group="studiocheck.checks")]
    return tuple(sorted(found, key=lambda check: (_domain(check.id), not check.blocker, check.id)))


def _domain(check_id: str) -> tuple[int, str]:
    domain = check_id.partition(".")[0]
    return (_ORDER.index(domain) if domain in _ORDER else len(_ORDER), domain)
