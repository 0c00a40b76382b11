"""Files read as documents."""

import pytest

from ragzip.errors import InputError
from ragzip.files.documents import read_documents


def test_folders_are_read_without_what_is_hidden(tmp_path):
    for name in (".git/config.txt", "a.txt", "sub/b.md", ".hidden.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("text")
    assert [path.id.rsplit("/")[-1] for path in read_documents([tmp_path])] == ["a.txt", "b.md"]
    with pytest.raises(InputError, match="empty file name"):
        read_documents([""])
