"""The contact sheet of a device: its pictures in order, numbered, and how to read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import get_args

from studiocheck.core.measurement import Verdict, worst
from studiocheck.core.record import Finding
from studiocheck.core.text import Text
from studiocheck.report.checklist import Group
from studiocheck.report.pictures.kinds import (
    OF_MICROPHONE,
    OF_UPLINK,
    SHARP_PX,
    Kind,
    Named,
    explaining,
    parse,
    series_of,
)

_ORDER: tuple[Kind, ...] = get_args(Kind)
_GREEN = (Verdict.PASS, Verdict.SKIPPED, Verdict.WAIVED)

TITLES: Mapping[Kind, Text] = {
    "worst": Text("Frame at {at_s} s", "第 {at_s} 秒的画面"),
    "lamps": Text("Lamp by lamp", "逐灯拆分"),
    "light-stops": Text("Light in stops", "光比伪彩色"),
    "glare-shadow": Text("Glare and hard shadow", "反光与硬阴影"),
    "false-colour": Text("False colour", "伪彩色"),
    "focus-peaking": Text("Focus peaking", "峰值对焦"),
    "waveform": Text("Waveform", "波形图"),
    "parade": Text("RGB parade", "RGB 分量波形"),
    "histogram": Text("Histogram", "直方图"),
    "frame-times": Text("Frame times", "帧间隔"),
    "difference": Text("Against the golden look", "与基准画面对比"),
    "level": Text("Level over time", "电平走势"),
    "spectrum": Text("Spectrum", "频谱"),
    "impulse-response": Text("Echo and reverberation", "回声与混响"),
    "throughput": Text("Upload over time", "上行速率走势"),
    "delay": Text("Delay, idle and loaded", "空载与满载时延"),
    "connection": Text("Steps to the ingest", "连接推流服务器的步骤"),
    "broadcast": Text("Test broadcast", "测试推流"),
    "sustained": Text("Steadiness at the planned rate", "按计划码率持续发送"),
    "still": Text("Frame", "画面"),
}
HOW_TO_READ: Mapping[Kind, Text] = {
    "worst": Text(
        "The sampled frame least like the others; false colour, waveform and histogram show it.",
        "抽样帧中与其他帧差别最大的一帧；伪彩色、波形图、直方图都取自它。",
    ),
    "lamps": Text(
        "What each lamp alone gives now, exposed like the frame; together they make the frame. "
        "Bar: output, the tick is 100 % as calibrated; right: colour drift. Dashed: what a lamp "
        "that is off should light. Other light: the room's own; new is what was not there then.",
        "每盏灯此刻单独的光，曝光与画面一致，加在一起就是画面。"
        "光条为输出，刻线为校准时的 100 %；右侧为色温漂移。虚线：没亮的灯本应照到的地方。"
        "其他光：房间本身的光，“新增”是校准时没有的。",
    ),
    "light-stops": Text(
        "Light in stops above or below the subject (solid frame, 0; without one: middle grey). "
        "Grey: as bright as the subject; blue: darker; yellow to red: brighter; white: clipped.",
        "各处的光比主体（实线框，0；未声明时为中灰）亮或暗几挡。"
        "灰：与主体相同；蓝：更暗；黄到红：更亮；白：过曝。",
    ),
    "glare-shadow": Text(
        "Yellow: glare, where the skin or the goods have lost their colour. Blue dashes: the "
        "hardest shadow, with the lamp that throws it.",
        "黄线：反光，皮肤或商品在此失去颜色。蓝色虚线：最硬的阴影及造成它的灯。",
    ),
    "false-colour": Text(
        "By luma in %: purple crushed, blue dark, yellow nearly burnt out, red clipped. A grey "
        "card is green, most of a face pink.",
        "按亮度（%）着色：紫为死黑，蓝为偏暗，黄为接近过曝，红为过曝。"
        "灰卡应为绿色，人脸大部分应为粉色。",
    ),
    "focus-peaking": Text(
        "Marked edges are in focus (blur below {limit} px at 1080 lines). No marks on the "
        "presenter: the focus is elsewhere.",
        "标亮的边缘合焦（模糊小于 {limit} px，按 1080 行计）。主播身上没有标亮，就是焦点不在主播。",
    ).fill(limit=SHARP_PX),
    "waveform": Text(
        "Across as in the picture, height is luma in %. Flat at 100: burnt out; at 0: crushed.",
        "横向对应画面左右，高度为亮度（%）。贴在 100 是过曝，贴在 0 是死黑。",
    ),
    "parade": Text(
        "Red, green and blue side by side. On something grey or white all three are level.",
        "红、绿、蓝三个分量并排。灰色或白色物体处三者应一样高。",
    ),
    "histogram": Text(
        "Dark left, bright right. Area: luma; lines: red solid, green dashed, blue dotted. A red "
        "bar at an end: so much is clipped.",
        "左暗右亮。灰色面积为亮度，实线为红，虚线为绿，点线为蓝。端部红条旁的数字是削掉的占比。",
    ),
    "frame-times": Text(
        "A stroke is a frame, the dashed line its due interval. ▼ frames lost, ◆ repeated, × torn; "
        "■ and grey: this computer was late, not the camera.",
        "每一小段是一帧，虚线是应有的间隔。▼ 丢帧，◆ 重复帧，× 残帧；"
        "■ 与灰色是本机来不及，与摄像头无关。",
    ),
    "difference": Text(
        "Left the golden look, then tonight laid on it, right in red what differs. Two pictures "
        "only: tonight shows something else.",
        "左为基准画面，中为对齐后的当前画面，右侧红色为差别。只有两幅时，说明当前画面已完全不同。",
    ),
    "level": Text(
        "Blue line: loudness (400 ms, LUFS); it should run through the green band while somebody "
        "speaks. Grey: true peak; at the red dashes (0 dBTP) nothing is left. ▼ clipped, □ gap, "
        "◆ repeated buffer, with their counts.",
        "蓝线为响度（400 毫秒，LUFS），说话时应落在绿色带内。"
        "灰色为真峰值，到红色虚线（0 dBTP）就满了。▼ 削波，□ 断音，◆ 重复缓冲，右上为次数。",
    ),
    "spectrum": Text(
        "Grey: noise while nobody speaks, dots: as the ear weighs it (A). Blue: speech; what it "
        "rises over the grey is what is heard clearly. ▼ mains hum, in Hz. Upright dashes: how "
        "high the voice reaches.",
        "灰色为没人说话时的底噪，点线为 A 计权（人耳感受）。蓝色为语音，高出灰色越多越清楚。"
        "▼ 交流声谱线（Hz）。竖虚线为人声频带上限。",
    ),
    "impulse-response": Text(
        "What arrives after a sound from the monitor. Blue: how it dies away; dashes: the "
        "reverberation time, steeper is drier. ▼ an echo heard on its own, with delay and level. "
        "■ Green: the stored room; grey above it is new; ▽ was there that day.",
        "监听音箱发声之后麦克风收到的声音。蓝线为衰减过程，虚线斜率即混响时间，越陡越干。"
        "▼ 单独可闻的回声，旁为延迟与电平。■ 绿色为保存的房间基准，灰色高出绿色处为新增；"
        "▽ 为当时已有的回声。",
    ),
    "throughput": Text(
        "Blue: what one connection carried (250 ms windows); grey ground: start-up, not counted. "
        "It should run through the green band. Red dashes: the stream; ▼ a dip below it. Amber "
        "ticks: packets sent again. Grey line: several connections at once. × cut.",
        "蓝线为单个连接的速率（250 毫秒窗口），灰底为起步阶段，不计入；应落在绿色带内。"
        "红色虚线为推流码率，▼ 为跌破处。底部短线为重传。灰线为多个连接合计。× 为中断。",
    ),
    "delay": Text(
        "A dot is a new connection: left while the line was idle, right while the upload ran; "
        "the strokes are the medians. Dashes: 100 and 300 ms above idle: a full line that keeps "
        "everything waiting. × never connected.",
        "每点为一次新建连接：左为空载，右为上行满载，横线为中位数。"
        "虚线为比空载多 100 和 300 毫秒：超过说明线路一满就排队。× 为未连上。",
    ),
    "connection": Text(
        "Each step on the way to the server that takes the show, and how long it took. × failed.",
        "连接推流服务器的每一步及用时。× 为失败的一步。",
    ),
    "broadcast": Text(
        "Above: grey what the encoder made, blue what arrived; ticks: packets sent again. Below: "
        "the backlog. From 0.7 s on encoders drop frames (▼ when it came to that), at 1.5 s the "
        "show stutters. p95: frame delay. × ended early.",
        "上图：灰为编码器产出，蓝为已送达，底部短线为重传。下图：积压。"
        "到 0.7 秒推流软件开始丢帧，到 1.5 秒观众会卡；▼ 为发现的时刻。"
        "p95 为帧延迟。× 为提前中断。",
    ),
    "sustained": Text(
        "A minute at the planned rate. Above: grey what was due, blue what arrived; ticks: packets "
        "sent again. Below: the backlog; ▼ a dip, where the line carried less than the stream. "
        "From 0.7 s on encoders drop frames. × ended early.",
        "按计划码率发送一分钟。上图：灰为应发，蓝为已送达，底部短线为重传。"
        "下图：积压，▼ 为掉速（线路跟不上码流），到 0.7 秒推流软件开始丢帧。× 为提前中断。",
    ),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One picture; ``number`` is how rows and cards refer to it."""

    number: int
    name: str
    kind: Kind
    title: Text
    how: Text | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The pictures of one device; open where a person has to look."""

    device: Text
    verdict: Verdict
    figures: tuple[Figure, ...]

    @property
    def opened(self) -> bool:
        """Whether something is not as it should be."""
        return self.verdict not in _GREEN

    @property
    def heard(self) -> bool:
        """Whether it is that of a microphone."""
        return all(figure.kind in OF_MICROPHONE for figure in self.figures)

    @property
    def carried(self) -> bool:
        """Whether it is that of an uplink."""
        return all(figure.kind in OF_UPLINK for figure in self.figures)

    @property
    def plotted(self) -> bool:
        """Whether it consists of plots of one size, none of them a picture of the room."""
        return self.heard or self.carried


def sheets(
    groups: Iterable[Group], pictures: Iterable[str], in_cards: Iterable[str]
) -> tuple[Sheet, ...]:
    """Return a contact sheet for every device of which there are pictures.

    Parameters
    ----------
    groups : iterable of Group
        The findings of the record, device by device.
    pictures : iterable of str
        Names of the pictures that can be shown.
    in_cards : iterable of str
        Those that are shown beside what to touch. Of plain frames one is enough: they look the
        same.
    """
    there, seen = set(pictures), {series_of(name) for name in in_cards}
    found, number = [], 0
    for group in groups:
        names = dict.fromkeys(name for f in group.findings for name in f.evidence if name in there)
        there.difference_update(names)
        figures = []
        for named in _chosen(names, seen):
            number += 1
            figures.append(_figure(number, named))
        if figures:
            # what was not asked for says nothing of what was
            asked = [f for f in group.findings if f.verdict is not Verdict.SKIPPED]
            verdict = worst(f.verdict for f in asked or group.findings)
            found.append(Sheet(group.device, verdict, tuple(figures)))
    return tuple(found)


def _chosen(names: Iterable[str], seen: set[str]) -> list[Named]:
    """Return what a sheet shows, in order; a plain frame only where there is no better one."""
    parsed = [parse(name) or Named(name, "still") for name in names]
    drawn = [named for named in parsed if named.kind != "still"]
    shown = {series_of(named.name) for named in drawn if named.kind == "worst"} | seen
    plain = []
    for named in parsed:
        if named.kind == "still" and series_of(named.name) not in shown:
            shown.add(series_of(named.name))
            plain.append(named)
    return [*plain, *sorted(drawn, key=lambda named: _ORDER.index(named.kind))]


def _figure(number: int, named: Named) -> Figure:
    how = HOW_TO_READ.get(named.kind, Text(named.name, named.name) if named.name.strip() else None)
    return Figure(number, named.name, named.kind, _title(named), how)


def title_of(name: str) -> Text:
    """Return what a picture is called that stands on no sheet."""
    return _title(parse(name) or Named(name, "still"))


def _title(named: Named) -> Text:
    at_s = "" if named.at_s is None else f"{named.at_s:.2f}"
    return TITLES[named.kind].fill(at_s=at_s)


def figure_of(finding: Finding, shown: Mapping[str, Figure]) -> Figure | None:
    """Return the picture that shows what a finding judged, if it is on a sheet."""
    named = explaining(finding.check, finding.evidence)
    return next((shown[name] for name in named if name in shown), None)
