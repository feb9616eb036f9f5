"""What to do first about the link that an uplink uses: every network check's advice begins so."""

from __future__ import annotations

from collections.abc import Mapping

from studiocheck.core.case import Case
from studiocheck.core.evidence import Link
from studiocheck.core.network import LinkEvidence, Medium
from studiocheck.core.text import Text

_MOBILE = Text("use a network cable instead of the mobile network", "请改用网线，不用移动网络")
_FIRST: Mapping[Medium, Text] = {
    "wired": Text(
        "try another network cable and another port of the router", "请换一根网线、换一个路由器网口"
    ),
    "wireless": Text("use a network cable instead of Wi-Fi", "请改用网线，不用 Wi-Fi"),
    "cellular": _MOBILE,
    "phone": _MOBILE,
    "vpn": Text("switch the VPN off", "请关闭 VPN"),
}
EITHER = Text(
    "use a network cable instead of Wi-Fi, or another one where there is one already",
    "请改用网线；已用网线的请换一根",
)
"""For a link of which nobody knows what it is."""


def link_advice(case: Case) -> Text:
    """Return what to do first about the link of an uplink, without a full stop.

    Parameters
    ----------
    case : Case
        Of an uplink; where it holds no evidence of the link, the advice is for either kind.

    Returns
    -------
    Text
        The beginning of a sentence: an advice that goes on after it needs no other word about
        cables.
    """
    captured = case.captured.get(Link)
    link = captured.evidence if captured is not None else None
    return _FIRST.get(link.medium, EITHER) if isinstance(link, LinkEvidence) else EITHER
