"""Prose is not taken for a structured kind: excerpts written for this test, and the paragraphs of the test data."""

import json
from pathlib import Path

import pytest

from ragzip.text.structure import structure_of
from ragzip.text.structure.readers import READERS

ROOT = Path(__file__).parents[3]
EXCERPTS = {
    "paragraphs": "The mill burned down in 1902. It was rebuilt in 1903, 40 m further north.\n\nNobody was hurt.",
    "wrapped lines": "The mill, which had stood, empty, since 1890,\nburned down, roof, wheel, and walls,\n"
    "in one night, in May, 1902,\nand was rebuilt, in stone, a year later,\nfurther north, on higher, drier ground.",
    "letter": "Dear Ms Hale,\n\nThank you for your letter of 3 May. We regret, however, that it is not here.\n\n"
    "Yours sincerely,\nJohn Smith\nSmith & Sons, 12 Mill Lane, Leeds",
    "poem": "The sea, the sea, the open sea,\nThe blue, the fresh, the ever free,\nWithout a mark, without a bound,\n"
    "It runneth the earth's wide regions round.",
    "dialogue": '"Where is it?" she asked.\n\n"In the mill," he said: "below the wheel."\n\n"Then we are late."',
    "colons": "Note: the pump is off.\nNote: the valve is open: see page 3.\nIn short: do not start it.",
    "times": "At 10:15 the train left. At 10:42 it stopped in York. By 11:03 nobody knew why; at 11:30 it went on.",
    "days": "Monday, 4 May 2020, was cold.\nTuesday, 5 May 2020, was colder.\nWednesday, 6 May 2020, was mild.",
    "numbered": "1. The pump was bought in 1990.\n2. It was repaired in 1995.\n3. It was sold in 2001.",
    "bulleted": "The parts are:\n- a pump, which is old\n- a valve, which is new\n- a wheel",
    "brackets": "[The speaker waits.] {This is an aside.} Then he goes on (in Latin): [sic] it was <i>ibid.</i> so.",
    "angle brackets": "<The manuscript breaks off here.> It was found < 100 m from the mill; a > b is not said.",
    "code in prose": "Call compress(text) and print the result; `import ragzip` comes first. If it fails, return None;",
    "keywords of code": "import duties rose. class was dismissed. return tickets were sold. for many, it was early.",
    "pipes": "The command a | b runs two programs. Use a | b | c for three. That is all.",
    "plus and minus": "- He went.\n+ She came.\n- They left.\n@ the mill nobody stayed.",
    "bibliography": "Smith, J. (1990). The mill. Leeds: Hale. pp. 3-9.\nHale, M. (1995). The pump. York: Smith.\n"
    "Lane, K. (2001). The wheel. Bath: Hale. pp. 2-8.",
    "recipe": "Flour: 200 g, sifted\nEggs: 2, beaten\nMilk: 300 ml, warm\n\nMix all, wait an hour, fry.",
    "contents": "1 Introduction ........ 1\n2 The mill ............ 7\n3 The pump ............ 19",
    "names": "Ada Lovelace\nCharles Babbage\nMary Somerville\n\nwere all there; Babbage, as ever, was late.",
    "abstract": "Background: Pumps fail. Methods: We counted 300. Results: 12% failed (p < 0.05). They do.",
    "from and to": "From the mill to the pump it is a mile.\nTo the wheel it is two.\nSubject to change: the path.",
    "sent": "Sent by post, it came late. On Monday, May 4, 2020 he wrote: it is here.",
    "question": "Why did the mill burn? Nobody knows. Who saw it? Smith did. When was it? In May.",
    "German": "Die Mühle, 1902 abgebrannt, wurde, wie alle, neu gebaut.\n"
    "Sie steht, weiß, am Fluss, und mahlt, Tag für Tag.",
    "French": "Le moulin, brûlé en 1902, fut rebâti. « Où ? » dit-elle : là-bas, plus haut, au nord.",
    "Chinese": "磨坊于1902年烧毁，次年重建，位置偏北。\n没有人受伤，也没有人知道原因。\n现在它是一座博物馆，每天开放。",
    "Japanese": "水車小屋は1902年に焼け、翌年、北に再建された。\n誰も怪我をしなかった。「なぜですか」と彼女は聞いた。",
    "Arabic": "احترقت الطاحونة عام 1902، وأعيد بناؤها عام 1903، إلى الشمال.\nلم يصب أحد، ولا أحد يعرف السبب.",
    "Thai": "โรงสีถูกไฟไหม้ในปี 1902 และสร้างใหม่ในปี 1903\nไม่มีใครบาดเจ็บ",
}
PARAGRAPHS = [json.loads(line) for line in (ROOT / "tests/data/sentences.jsonl").read_text("utf-8").splitlines()]


@pytest.mark.parametrize("name", EXCERPTS)
def test_prose_stays_prose(name):
    text = EXCERPTS[name]
    for source in (text, f"{text}\n", text.replace("\n", "\r\n"), f"{text}\n\n{text}"):
        assert structure_of(source, "text/plain", "0").kind == "prose"


def test_paragraphs_stay_prose():
    structured_paragraphs = {row["text"][:80]: kind for row in PARAGRAPHS if (kind := _kind(row["text"])) != "prose"}
    assert len(PARAGRAPHS) >= 80 and not structured_paragraphs


def test_paragraphs_on_lines_stay_prose():
    """As documents are pasted: some paragraphs, a line each."""
    for first in range(0, 80, 8):
        assert _kind("\n".join(row["text"] for row in PARAGRAPHS[first : first + 8])) == "prose"


def test_a_type_of_no_reader_is_prose_whatever_the_text():
    for reader in READERS:
        for ending in reader.endings:
            assert structure_of("a,b,c\n1,2,3\n4,5,6\n", "text/x-none", f"a{ending}").kind == "prose"


def _kind(text):
    return structure_of(text, "text/plain", "0").kind
