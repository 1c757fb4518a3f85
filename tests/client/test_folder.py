import hashlib
from pathlib import Path

import pytest

from portal.client import describe, folder
from portal.client.describe import Options
from portal.client.errors import ClientError
from portal.client.names import Name

NAME = Name("lab", "model")


def write(root: Path, **files: str) -> Path:
    for path, text in files.items():
        place = root / path.replace("__", "/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return root


def test_what_is_nobodys_business_stays_at_home(tmp_path: Path) -> None:
    for path in (
        "a.py",
        ".git/config",
        "__pycache__/a.pyc",
        ".venv/bin/x",
        "sub/b.txt",
        "sub/.DS_Store",
        "a.pyc",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    assert [file.path for file in folder.walk(tmp_path).files] == ["a.py", "sub/b.txt"]


def test_links_are_left_out_and_said(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "link.txt").symlink_to("/etc/passwd")
    (tmp_path / "folder").symlink_to("/etc")
    found = folder.walk(tmp_path)
    assert [file.path for file in found.files] == ["a.txt"]
    assert {path for path, _why in found.left_out} == {"link.txt", "folder"}


def test_names_arrive_in_one_normal_form(tmp_path: Path) -> None:
    (tmp_path / "cafe\u0301.txt").write_text("x")
    assert [file.path for file in folder.walk(tmp_path).files] == ["caf\u00e9.txt"]


def test_digests_are_sha256_and_progress_counts_every_byte(tmp_path: Path) -> None:
    data = bytes(3 * folder.BLOCK + 7)
    (tmp_path / "big").write_bytes(data)
    seen: list[int] = []
    found = folder.digest(folder.walk(tmp_path).files[0], seen.append)
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert sum(seen) == len(data)


def test_a_file_that_changes_while_it_is_sent_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")
    file = folder.walk(tmp_path).files[0]
    for other in (b"123", b"1234567"):
        (tmp_path / "a").write_bytes(other)
        with pytest.raises(ClientError, match="changed while"):
            list(folder.blocks(file))


@pytest.mark.parametrize(
    ("paths", "manifest", "expected"),
    [
        ({"benchmark.yaml", "predictions.csv"}, {}, "files"),
        ({"cspon.yaml", "main.py"}, {"command": "python main.py"}, "program"),
        ({"cspon.yaml", "model.onnx"}, {"kind": "model"}, "model"),
        ({"model.skops"}, {}, "model"),
        ({"MLmodel", "model/data"}, {}, "model"),
        ({"model.onnx", "main.py"}, {"command": "python main.py"}, "program"),
        ({"predictions.csv", "README.md"}, {}, "predictions"),
        ({"paper.pdf"}, {}, "files"),
    ],
)
def test_the_kind_of_submission_is_told_by_the_files(
    paths: set[str], manifest: dict[str, str], expected: str
) -> None:
    assert folder.submission_of(paths, manifest) == expected


def test_a_new_asset_is_described_by_its_card_and_options_win(tmp_path: Path) -> None:
    front = (
        "---\nlicense: MIT\npretty_name: 模型\ntitle_en: Model\nasset_kind: model\nscenarios: [public_service]\n"
        "tags: [Landsat 8]\nauthors:\n- 林知远 (示例大学)\n- {name: 许行健, account: xu}\n---\n# 标题\n"
    )
    write(tmp_path, **{"README.md": front})
    body = describe.asset(
        NAME, *folder.read_card(tmp_path), "program", Options(licence="Apache-2.0", tags=["x"])
    )
    assert (body["kind"], body["licence"], body["title"], body["title_en"]) == (
        "model",
        "Apache-2.0",
        "模型",
        "Model",
    )
    assert body["tags"] == ["x"]
    assert body["authors"] == [
        {"name": "林知远", "affiliation": "示例大学"},
        {"name": "许行健", "account": "xu"},
    ]
    assert describe.asset(NAME, *folder.read_card(tmp_path), "", Options())["tags"] == ["Landsat-8"]


def test_a_heading_is_a_title_and_the_kind_follows_from_the_submission(tmp_path: Path) -> None:
    write(tmp_path, **{"README.md": "# 一个程序\n\nx\n"})
    body = describe.asset(NAME, *folder.read_card(tmp_path), "program", Options(licence="MIT"))
    assert (body["title"], body["kind"]) == ("一个程序", "algorithm")


def test_what_is_not_said_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ClientError) as refused:
        describe.asset(NAME, {}, "", "files", Options())
    assert "--kind" in refused.value.hint
    assert "--licence" in refused.value.hint


def test_yaml_that_is_none_is_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path, **{"cspon.yaml": "a: [", "README.md": "---\na: [\n---\n"})
    with pytest.raises(ClientError, match=r"cspon\.yaml"):
        folder.read_yaml(tmp_path / "cspon.yaml")
    with pytest.raises(ClientError, match=r"README\.md"):
        folder.read_card(tmp_path)


def test_no_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ClientError):
        folder.walk(tmp_path / "nowhere")
