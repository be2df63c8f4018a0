"""Tests of reach.py, on a small build that ninja and g++ really make."""

import subprocess

import reach

FILES = {
    "CMakeLists.txt": """cmake_minimum_required(VERSION 3.25)
project(small CXX)
add_library(under under.cc)
add_executable(first first.cc)
target_link_libraries(first under)
add_executable(second second.cc)
""",
    "under.h": "int under();\n",
    "under.cc": '#include "under.h"\nint under() { return 0; }\n',
    "first.cc": '#include "under.h"\nint main() { return under(); }\n',
    "second.cc": "int main() {}\n",
    "notes.md": "",
    "src/oracle/trees.json": "",
}


def git(folder, *words):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True)


def test_what_a_change_reaches(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / ".gitignore").write_text("build\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "a")
    build = tmp_path / "build/small"
    subprocess.run(["cmake", "-G", "Ninja", "-S", tmp_path, "-B", build], check=True, capture_output=True)
    monkeypatch.setattr(reach, "ROOT", tmp_path)

    def reached():
        return reach.reached("small", ["first", "second"], "HEAD")

    assert reached() == ["first", "second"]  # nothing is built, so nothing is known of what they need
    subprocess.run(["ninja", "-C", build], check=True, capture_output=True)
    assert reached() == []
    for name, expected in (("notes.md", []), ("under.h", ["first"]), ("under.cc", ["first"]), ("second.cc", ["second"]),
                           ("src/oracle/trees.json", ["first", "second"]), ("CMakeLists.txt", ["first", "second"])):  # fmt: skip
        (tmp_path / name).write_text(FILES[name] + "\n")
        assert reached() == expected, name
        (tmp_path / name).write_text(FILES[name])
