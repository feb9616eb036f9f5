"""The words and marks of a checklist, in both languages; what they mean is decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping

from studiocheck.core.measurement import Measurement, Verdict, judge
from studiocheck.core.record import Decision, Finding
from studiocheck.core.text import Text
from studiocheck.core.units import allowed, quantity
from studiocheck.report.layout import NO_BREAK

# √ × ▲ ○ and no others: they exist in GBK, so a Chinese Windows console can print them
MARKS: Mapping[Verdict, str] = {
    Verdict.PASS: "√",
    Verdict.MARGINAL: "▲",
    Verdict.FAIL: "×",
    Verdict.UNMEASURED: "○",
    Verdict.SKIPPED: "○",
    Verdict.WAIVED: "▲",
    Verdict.PENDING: "○",
}
VERDICTS: Mapping[Verdict, Text] = {
    Verdict.PASS: Text("ok", "合格"),
    Verdict.MARGINAL: Text("borderline", "临界"),
    Verdict.FAIL: Text("FAIL", "不合格"),
    Verdict.UNMEASURED: Text("NOT MEASURED", "未测出"),
    Verdict.SKIPPED: Text("skipped", "已跳过"),
    Verdict.WAIVED: Text("waived", "已豁免"),
    Verdict.PENDING: Text("to be signed", "待签字"),
}
DECISION_MARKS: Mapping[Decision, str] = {
    Decision.GO: "√",
    Decision.CAUTION: "▲",
    Decision.NO_GO: "×",
    Decision.INCOMPLETE: "○",
}
DECISIONS: Mapping[Decision, Text] = {
    Decision.GO: Text("GO", "可开播 GO"),
    Decision.CAUTION: Text("CAUTION", "谨慎 CAUTION"),
    Decision.NO_GO: Text("NO-GO", "不可开播 NO-GO"),
    Decision.INCOMPLETE: Text("INCOMPLETE", "未完成 INCOMPLETE"),
}
MEANINGS: Mapping[Decision, Text] = {
    Decision.GO: Text("Everything that must hold holds.", "各项要求全部达标。"),
    Decision.CAUTION: Text(
        "The show can go on air; look at the list first.", "可以开播，但请先处理下列问题。"
    ),
    Decision.NO_GO: Text("Do not go on air yet.", "现在不能开播。"),
    Decision.INCOMPLETE: Text(
        "The check was cut short: nothing is settled. Run it again.",
        "检查中途停止，结论无效，请重新运行。",
    ),
}
SIMULATED = Text(
    "SIMULATED STUDIO: no real device was measured", "模拟直播间：没有测量任何真实设备"
)

GROUPS: Mapping[str, Text] = {
    "camera": Text("Camera", "摄像头"),
    "mic": Text("Microphone", "麦克风"),
    "net": Text("Network", "网络"),
    "obs": Text("Encoder", "推流软件"),
    "av": Text("Sound and picture", "音画同步"),
    "host": Text("This computer", "本机"),
    "backup": Text("Spare", "备用"),
    "manual": Text("By a person", "人工确认"),
}
"""What a check is about, by the domain of its id, in the order of the checklist."""

_NAMES: Mapping[str, str] = {
    "width": "宽", "height": "高", "frame_rate": "帧率", "unique_rate": "有效帧率",
    "drop_rate": "丢帧", "duplicate_rate": "重复帧", "stutter_rate": "卡顿",
    "jitter_p99": "抖动 p99", "longest_gap": "最长间隔", "longest_still": "最长静止",
    "dark_share": "暗部占比", "subject_luma": "主体亮度", "luma_p5": "亮度 p5",
    "luma_p50": "亮度 p50", "luma_p95": "亮度 p95", "white_share": "过曝占比",
    "black_share": "死黑占比", "edge_blur": "边缘模糊", "temporal_noise": "噪点",
    "modulation": "频闪深度", "frequency": "频闪频率", "shake_rms": "抖动", "shift": "位移",
    "exposure_change": "曝光变化", "exposure_difference": "曝光差", "delta_e2000": "色差 ΔE2000",
    "mired_difference": "色温差", "cct": "色温", "duv": "色偏 Duv", "mired": "微倒度",
    "output": "输出", "colour_drift": "色温漂移", "on": "点亮", "key_fill": "主辅光比",
    "back_key": "轮廓光与主光比", "evenness": "均匀度", "depth": "深度", "glare_share": "反光占比",
    "stray_share": "杂散光占比", "loudness": "响度", "loudness_range": "响度范围",
    "momentary_max": "瞬时响度", "short_term_max": "短期响度", "true_peak": "真峰值",
    "clipped_runs": "削波次数", "noise_floor": "底噪", "noise_floor_a": "底噪 A 计权",
    "noise_spl_a": "底噪声压级", "noise_rise": "底噪升幅", "t20_change": "混响时间变化",
    "snr": "信噪比", "hum_level": "交流声", "mains_frequency": "工频", "zero_gaps": "断音",
    "repeated_buffers": "重复缓冲", "lost_samples": "丢失采样", "upper_edge": "高频上限",
    "correlation": "相关性", "balance": "左右平衡", "mono_loss": "合单损失",
    "dc_offset": "直流偏移", "clock_offset": "时钟偏差", "echo_delay": "回声延迟",
    "echo_level": "回声电平", "t20": "混响时间 T20", "t30": "混响时间 T30", "c50": "明晰度 C50",
    "sti": "语言传输指数 STI", "mos_overall": "总体听感分", "mos_background": "背景听感分",
    "mos_speech": "人声听感分",
    "leak_delay": "串音延迟", "leak_attenuation": "串音衰减", "upload_median": "上行中位数",
    "upload_p5": "上行 p5", "headroom": "余量倍数", "retransmitted": "重传",
    "one_to_four": "单/四流比", "idle_delay": "空载延迟", "loaded_delay": "满载延迟",
    "added_delay": "负载附加延迟",
    "backlog_max": "最大积压", "frame_delay_p95": "帧延迟 p95", "longest_quiet": "最长断流",
    "backlog_end": "结束时积压", "noticed": "察觉积压", "ingest_total": "连接总时长",
    "tcp": "TCP 连接", "tls": "TLS 加密", "handshake": "RTMP 握手",
    "memory_used": "内存占用", "memory_available": "可用内存", "cpu_used": "CPU 占用",
    "cpu_peak": "CPU 峰值", "disk_free": "剩余磁盘", "recording_left": "可录时长",
    "picture_luma": "画面亮度", "level": "电平", "link_speed": "网口速率",
    "link_errors": "网口错误", "new_errors": "新增错误", "link_changes": "断连次数",
    "signal": "无线信号", "dns": "域名解析", "connect": "连接时间", "gateway_delay": "网关应答",
    "path_total": "合计", "other_upload": "其他上传", "other_share": "其他上传占比",
    "dips": "掉速次数", "longest_dip": "最长掉速", "deepest_dip": "最大掉幅",
    "backup_upload": "备用上行", "backup_headroom": "备用余量倍数", "time_offset": "时间偏差",
    "time_error": "时间误差上限", "flat_share": "纯平占比", "white_red": "过曝 R",
    "white_green": "过曝 G", "white_blue": "过曝 B", "drift": "漂移", "automatic": "自动项",
    "changed": "已变设置",
    "zoom_change": "变焦变化", "colour_change": "颜色变化 ΔE2000", "real_height": "真实行数",
    "bus_load": "总线占用", "face_contrast": "面部明暗比", "separation": "主体与背景反差",
    "largest_glare": "最大反光块", "skin_distance": "肤色偏离", "background_luma": "背景亮度",
    "background_chroma": "背景彩度", "background_hue": "背景色相", "screen_evenness": "绿幕均匀度",
    "screen_saturation": "绿幕饱和度", "spill": "绿色溢出",
    "planned_bitrate": "计划码率", "keyframe_interval": "关键帧间隔",
}  # fmt: skip

_ENGLISH: Mapping[str, str] = {
    "cct": "CCT", "duv": "Duv", "key_fill": "key : fill", "back_key": "back : key",
    "noise_spl_a": "room noise", "t20_change": "T20 change",
}  # fmt: skip
"""Where the id with spaces is not what a gaffer says."""

OWNERS: Mapping[str, Text] = {
    "anchor": Text("presenter", "主播"),
    "camera": Text("camera", "摄像"),
    "sound": Text("sound", "音频"),
    "light": Text("light", "灯光"),
    "network": Text("network", "网络"),
    "director": Text("director", "导演"),
    "floor": Text("floor", "场务"),
}
"""Whose step it is."""


def owner_of(owner: str) -> Text:
    """Return what a trade is called; one that is not known stays as it is."""
    plain = owner.strip() or "-"
    return OWNERS.get(plain, Text(plain, plain))


def method_of(measurement: Measurement) -> Text:
    """Return how something was measured; in English where nobody said it in Chinese."""
    plain = measurement.method.strip() or "-"
    return Text(plain, measurement.method_zh or plain)


def name_of(measurement: Measurement) -> Text:
    """Return what a measurement is called; its id with spaces where no better word is known."""
    part, dot, name = measurement.name.rpartition(".")
    plain = _ENGLISH.get(name) or name.replace("_", " ").strip() or "-"
    chinese = _NAMES.get(name, plain)
    return Text(f"{part} {plain}", f"{part} {chinese}") if dot else Text(plain, chinese)


def group_of(finding: Finding) -> str:
    """Return the key in `GROUPS`; light is judged through a camera and stands with it."""
    domain = finding.check.partition(".")[0]
    return "camera" if domain == "light" else domain


def device_of(finding: Finding) -> Text:
    """Return what a person calls the device: ``Camera main``."""
    group = group_of(finding)
    other = group.strip() or "-"
    kind = GROUPS.get(group, Text(other, other))
    if group in ("host", "manual") or not finding.role.strip():
        return kind
    return Text(f"{kind.en} {finding.role}", f"{kind.zh} {finding.role}")


def value_of(measurement: Measurement) -> str:
    """Write value, uncertainty and unit, not to be broken; a count needs no unit."""
    if is_switch(measurement):
        return f"{measurement.value:.0f}"
    return quantity(measurement).removesuffix(" count").replace(" ", NO_BREAK)


def is_switch(measurement: Measurement) -> bool:
    """Whether it says that something is on, 1, or off, 0."""
    return measurement.name.rpartition(".")[2] == "on"


def _switched(measurement: Measurement) -> Text:
    lamp, shines = measurement.name.rpartition(".")[0], measurement.value > 0.5
    return Text(f"{lamp} {'on' if shines else 'off'}", f"{lamp} {'亮' if shines else '不亮'}")


def limit_of(measurement: Measurement) -> str:
    """Write what is allowed, in the unit of the value; ``""`` where nothing is asked."""
    limit = measurement.limit
    asked = allowed(limit, measurement.unit) if limit else ""
    return asked.removesuffix(f" {measurement.unit}").replace(" ", NO_BREAK)


def values_of(finding: Finding, *, wrong_only: bool = False) -> tuple[Text, ...]:
    """Return what was measured, each with what is allowed: the first, then all with a limit.

    ``wrong_only`` leaves out the values that are as they should be, if any is not. Whether a lamp
    is on needs no saying beside its output.
    """
    names = {m.name for m in finding.measurements}
    told = [
        m
        for m in finding.measurements
        if not (is_switch(m) and f"{m.name.removesuffix('on')}output" in names)
    ]
    shown = [m for i, m in enumerate(told) if i == 0 or limit_of(m)]
    wrong = [m for m in shown if judge(m) is not Verdict.PASS]
    shown = wrong if wrong_only and wrong else shown
    texts = []
    for measurement in shown:
        if is_switch(measurement):
            texts.append(_switched(measurement))
            continue
        value, limit = value_of(measurement), limit_of(measurement)
        said = f"{value} ({limit})" if limit else value
        name = name_of(measurement)
        # one value that is judged needs no name beside the check's; a bare count or a lamp does
        bare = measurement.unit == "count" or "." in measurement.name
        alone = shown == told[:1] and not bare
        texts.append(Text(said, said) if alone else Text(f"{name.en} {said}", f"{name.zh} {said}"))
    return tuple(texts)
