"""Grades and performance as people look at them: a table of the systems, and charts as PNG.

matplotlib costs half a second to import and only what draws pays for it. Figures are made without pyplot, which keeps
state for a whole process.
"""

import base64
import io
from typing import TYPE_CHECKING

import pandas as pd

from nba_pipeline.predictions import system_performance

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Small, for the UI keeps every chart: of these a palette makes a quarter of the bytes.
_INCHES, _DPI, _COLORS = (5.2, 3.6), 80, 32
_ERROR_SPAN = "last_30_days"


def systems(performance: pd.DataFrame) -> pd.DataFrame:
    """The newest rows of system_performance for each system and span, as text under headings."""
    newest = performance.sort_values("game_date").drop_duplicates(["system_id", "span"], keep="last")
    order = newest["span"].map(system_performance.SPANS.index)
    rows = newest.assign(order=order).sort_values(["order", "system_id"], ignore_index=True)
    return pd.DataFrame(
        {
            "span": rows["span"].str.replace("_", " "),
            "system": rows["system_id"],
            "graded": _numbers(rows["graded"], "{:,}"),
            "did not play": _numbers(rows["not_played"], "{:,}"),
            "MAE": _numbers(rows["mae"], "{:.2f}"),
            "bias": _numbers(rows["bias"], "{:+.2f}"),
            "MAE with line": _numbers(rows["mae_with_line"], "{:.2f}"),
            "the line's MAE": _numbers(rows["line_mae"], "{:.2f}"),
            "Brier": _numbers(rows["brier"], "{:.3f}"),
            "calibration error": _numbers(rows["calibration_error"], "{:.3f}"),
            "recommended": _numbers(rows["recommendations"], "{:,}"),
            "hit rate": _rates(rows, "hit_rate"),
        }
    )


def edges(hit_rates: pd.DataFrame) -> pd.DataFrame:
    """Rows of reliability.hit_rates_by_edge as text under headings."""
    return pd.DataFrame(
        {
            "system": hit_rates["system_id"],
            "edge": [f"{edge.left:.2f} to {edge.right:.2f}" for edge in hit_rates["edge"]],
            "predictions": _numbers(hit_rates["predictions"], "{:,}"),
            "hit rate": _rates(hit_rates, "hit_rate"),
        }
    )


def charts(calibration: pd.DataFrame, performance: pd.DataFrame, unit: str = "points") -> dict[str, bytes]:
    """PNGs by their titles; without any decided line there is no calibration to draw."""
    drawn = {"Mean absolute error of the last 30 days": error_chart(performance, unit)}
    return drawn if calibration.empty else {"Calibration": calibration_chart(calibration), **drawn}


def calibration_chart(calibration: pd.DataFrame) -> bytes:
    """What was predicted against what was seen, from rows of reliability.calibration, and counts below."""
    figure = _figure()
    above, below = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    above.plot([0, 1], [0, 1], color="0.8", linewidth=1)
    for system, rows in calibration.groupby("system_id"):
        above.plot(rows["predicted"], rows["seen"], marker="o", markersize=3, linewidth=1, label=system)
        below.plot(rows["predicted"], rows["predictions"], marker="o", markersize=3, linewidth=1)
    above.set(ylabel="share that went over", xlim=(0, 1), ylim=(0, 1))
    below.set(ylabel="predictions", xlabel="predicted probability of over", ylim=(0, None))
    return _png(figure)


def error_chart(performance: pd.DataFrame, unit: str = "points") -> bytes:
    """The mean absolute error of each system over 30 days, from rows of system_performance, day by day, in `unit`."""
    from matplotlib.dates import ConciseDateFormatter

    figure = _figure()
    axes = figure.subplots()
    rows = performance[performance["span"] == _ERROR_SPAN].sort_values("game_date")
    for system, own in rows.groupby("system_id"):
        axes.plot(own["game_date"], own["mae"], linewidth=1.2, label=system)
    axes.set(ylabel=f"mean absolute error in {unit}")
    axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))
    return _png(figure)


def data_uri(png: bytes) -> str:
    """A PNG inside a page."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _rates(rows: pd.DataFrame, name: str) -> pd.Series:
    """The rates `name` of `rows` in percent with their intervals, empty where there is none."""
    shown = [
        "" if pd.isna(rate) else f"{rate:.1%} ({low:.1%} to {high:.1%})"
        for rate, low, high in zip(rows[name], rows[f"{name}_low"], rows[f"{name}_high"], strict=True)
    ]
    return pd.Series(shown, rows.index, dtype="string")


def _numbers(values: pd.Series, form: str) -> pd.Series:
    return values.map(form.format, na_action="ignore").astype("string").fillna("")


def _figure() -> "Figure":
    from matplotlib.figure import Figure

    return Figure(figsize=_INCHES, dpi=_DPI, layout="constrained")


def _png(figure: "Figure") -> bytes:
    from PIL import Image

    figure.legend(fontsize=7, loc="outside upper center", ncols=3, frameon=False)
    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png")
    Image.open(drawn).quantize(_COLORS).save(small, format="png", optimize=True)
    return small.getvalue()
