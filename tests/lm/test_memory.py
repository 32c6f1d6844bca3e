import pytest

from lm import memory
from lm.memory import LEAST, default_memory, machine_memory, memory_size


def test_sizes_and_shares() -> None:
    assert memory_size("500M") == memory_size("500mb") == 500 << 20
    assert memory_size("0.5G") == 1 << 29
    assert memory_size("100000000") == 100_000_000
    assert memory_size("50%") == machine_memory() // 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("much", "'much' is no size such as 500M, 4G or 50%"),
        ("-1G", "'-1G' is no size"),
        ("2000", "2000 is too little: at least 64M are needed"),
        ("0%", "0% is too little"),
        ("101%", "101% is more than there is"),
        ("900T", "900T is more than there is: "),
    ],
)
def test_what_is_no_size_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}"):
        memory_size(text)


def test_the_limit_of_a_container_counts(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("groups")
    limit, none = folder / "memory.max", folder / "unlimited"
    limit.write_text("300000000\n")
    none.write_text("max\n")
    monkeypatch.setattr(memory, "_LIMITS", (none, folder / "absent", limit))
    assert machine_memory() == 300_000_000
    assert default_memory(small_text=False) == default_memory(small_text=True) == 150_000_000
    limit.write_text("1000\n")
    assert default_memory(small_text=True) == LEAST
