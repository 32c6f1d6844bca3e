"""Text without spaces between words is told from text with them, in whatever script."""

import csv
from pathlib import Path

import pytest

from lm.unit_choice import unit_of_text
from native.sentences import SentenceReader

WORDS = {
    "long German compounds": "Donaudampfschifffahrtsgesellschaftskapitän\nBaumwollbuntgewebe",
    "one English word a line": "yes\nno\nstop",
    "Greenlandic": "Aliikusersuillammassuaanerartassagaluarpaalli",
    "Korean": "나는 오늘 학교에 갔다\n날씨가 좋다",
    "Tibetan, syllables parted by a mark": "བོད་ཀྱི་སྐད་ཡིག་ནི་གལ་ཆེན་པོ་ཡིན།",
    "Hindi": "मैं आज स्कूल गया\nमौसम अच्छा है",
    "segmented Chinese": "在 组织 体制 中\n我 只 知道 我 要 找 技术 的 东西\n这 肯定 有 前途",
    "segmented Japanese": "今日 は とても いい 天気 です ね\n東京 に 住ん で い ます",
    "Japanese for learners": "きょうは とても いい てんき です\nわたしは がくせいです",
    "segmented Thai": "ฉัน ไม่ ได้ ไป โรงเรียน วันนี้\nเขา สร้าง บ้าน นี้ ได้ อย่างไร",
    "Khmer, words parted by zero width spaces": "ខ្ញុំ\u200bទៅ\u200bសាលារៀន\u200bនៅ\u200bថ្ងៃនេះ",
    "segmented Lao": "ຂ້ອຍ ໄປ ໂຮງຮຽນ ມື້ນີ້\nລາວ ມີ ເຮືອນ ໃຫຍ່",
    "English with a Chinese name": "he said 你好 to me\nand went home\nto sleep",
    "nothing": "",
}
CHARACTERS = {
    "Chinese commands": "打开\n关灯\n播放\n暂停",
    "Chinese clauses": "床前明月光，疑是地上霜。\n举头望明月，低头思故乡。",
    "Chinese with English names": "我很喜欢用 python 写程序\n打开网页版的 youtube 播放音乐",
    "Japanese": "今日はとてもいい天気ですね。散歩に行きましょう。\n私は学生です。",
    "Thai": "เขาสร้างบ้านนี้ได้อย่างไร\nจาคอบ บริงเกอร์ เป็นเพื่อนร่วมทางของเขา จบข่าว",
    "Khmer": "ខ្ញុំទៅសាលារៀននៅថ្ងៃនេះ\nគាត់មានផ្ទះធំមួយនៅភ្នំពេញ",
    "Lao": "ຂ້ອຍໄປໂຮງຮຽນມື້ນີ້\nລາວມີເຮືອນໃຫຍ່",
    "Burmese": "ကျွန်တော်ကျောင်းသို့သွားပါမည်\nသူသည်အိမ်ကြီးတစ်လုံးပိုင်ဆိုင်သည်",
}


def unit_of(text: str) -> str:
    unit, why = unit_of_text([SentenceReader().read(f"{text}\n".encode()).text])
    assert bool(why) == (unit == "character")
    return unit


@pytest.mark.parametrize("text", WORDS.values(), ids=WORDS)
def test_words_that_are_parted(text: str) -> None:
    assert unit_of(text) == "word"


@pytest.mark.parametrize("text", CHARACTERS.values(), ids=CHARACTERS)
def test_words_that_are_not(text: str) -> None:
    assert unit_of(text) == "character"


def test_the_reason_has_the_figures() -> None:
    text = "打开我家里的灯\n关灯\nstop\n".encode()
    assert unit_of_text([text]) == (
        "character",
        "67% of the sentences are in a script that parts no words by itself, and 4.5 letters of "
        "it stand together in the mean",
    )


def test_real_text(test_data: Path) -> None:
    for path in sorted((test_data / "text" / "common_voice_sentences").glob("*.txt")):
        unit = unit_of(path.read_text(encoding="utf-8"))
        assert unit == ("character" if path.stem == "zh-CN" else "word"), path.name
    table = test_data / "common_voice_tsv_only" / "th_v8_rows.shared.tsv"
    with table.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        assert unit_of("\n".join(row["sentence"] for row in rows)) == "character"
