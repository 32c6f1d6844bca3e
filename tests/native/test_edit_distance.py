import pytest

from native.edit_distance import count_edits


def test_edits_by_kind() -> None:
    assert count_edits([], []) == (0, 0, 0)
    assert count_edits([1, 2, 3], [1, 4, 3]) == (1, 0, 0)
    assert count_edits([1, 2, 3], [3]) == (0, 2, 0)
    assert count_edits([], [5, 5]) == (0, 0, 2)


def test_long_sequences_do_not_mix_up_the_counts() -> None:
    assert count_edits([1] * 3000, [2] * 3500) == (3000, 0, 500)


@pytest.mark.parametrize("tokens", [["word"], [2**31], [0.5], None])
def test_other_tokens_are_refused(tokens: object) -> None:
    with pytest.raises(TypeError):
        count_edits(tokens, [1])  # type: ignore[arg-type]
