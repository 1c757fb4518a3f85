"""The README of a pack: for whoever opens it without the portal. In both languages, so that it has one digest."""

from registry.reproduction.pack import Extent, Pack

_WHAT = {
    Extent.full: (
        "运行提交物，用公开的标签评分，并比较每项指标。",
        "Runs the submission, scores it with the published labels and compares every metric.",
    ),
    Extent.predictions: (
        "标签未公开：重新运行提交物，并比较预测结果的摘要。",
        "The labels are hidden: runs the submission again and compares the digest of its predictions.",
    ),
}
_WARNING = """
> **内含未公开的标签，仅供评测基准所有者使用，请勿外传。**
> **Holds hidden labels: for the benchmark's owner alone. Do not pass it on.**
"""


def readme(pack: Pack) -> str:
    """Markdown: what this is, how to run it, how to check it."""
    chinese, english = _WHAT[pack.extent]
    steps = [step for step in (pack.predict, pack.score) if step is not None]
    runtimes = " ".join(dict.fromkeys(step.runtime for step in steps))
    sub, bench = pack.submission, pack.benchmark
    return f"""# 复现包 Reproduction pack
{_WARNING if pack.confidential else ""}
{sub.asset} {sub.version} · {bench.asset} {bench.version}

<{pack.result}>

{chinese}

{english}

```sh
cspon runtime build {runtimes}
cspon reproduce PACK.zip
```

- `pack.json`: 运行环境、命令、限制、种子、记录的结果、容差和每个文件的 SHA-256
  / runtimes, commands, limits, seed, recorded scores, tolerances and the SHA-256 of every file
- `SHA256SUMS`: `sha256sum -c SHA256SUMS`
- `files/submission/`: {sub.url} ({sub.licence})
- `files/benchmark/`: {bench.url} ({bench.licence})
"""
