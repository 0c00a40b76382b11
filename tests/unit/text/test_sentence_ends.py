"""Sentence ends beside abbreviations, letters, dates and quotations, in the languages they are written in."""

import textwrap

import pytest

from ragzip.text.references.ends import ends_in_question
from ragzip.text.splitters import sentences, units

BEFORE = {  # tells the language
    "de": "Der Stadtführer erklärt den Besuchern, was sie vor der Reise an die Küste wissen müssen.",
    "el": "Ο οδηγός της πόλης εξηγεί στους επισκέπτες τι πρέπει να ξέρουν πριν από το ταξίδι.",
    "en": "The town guide tells visitors what they need to know before they travel to the coast.",
    "es": "La guía de la ciudad explica a los visitantes lo que tienen que saber antes del viaje.",
    "fa": "راهنمای شهر به بازدیدکنندگان می‌گوید که پیش از سفر به ساحل چه باید بدانند.",
    "fr": "Le guide de la ville explique aux visiteurs ce qu'ils doivent savoir avant leur voyage.",
    "hi": "शहर की गाइड पर्यटकों को बताती है कि यात्रा से पहले उन्हें क्या जानना चाहिए।",
    "ka": "ქალაქის მეგზური სტუმრებს უხსნის, რა უნდა იცოდნენ მოგზაურობის წინ.",
    "km": "មគ្គុទ្ទេសក៍ទីក្រុងពន្យល់អំពីអ្វីដែលភ្ញៀវត្រូវដឹងមុនធ្វើដំណើរ។",
    "ko": "도시 안내서는 방문객이 여행 전에 알아야 할 것을 설명합니다.",
    "pt": "O guia da cidade explica aos visitantes o que eles precisam saber antes da viagem.",
    "ru": "Путеводитель рассказывает гостям о том, что нужно знать до поездки на побережье.",
    "ta": "நகர வழிகாட்டி பயணத்திற்கு முன் தெரிந்துகொள்ள வேண்டியவற்றை விளக்குகிறது.",
    "tr": "Şehir rehberi ziyaretçilere yolculuktan önce bilmeleri gereken şeyleri anlatır ve çok yararlıdır.",
    "vi": "Cẩm nang thành phố cho du khách biết những điều cần thiết trước khi đi ra bờ biển.",
}


def split(text):
    return [" ".join(text[start:end].split()) for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fr", ["Le bât. B n'a pas d'ascenseur.", "Le chap. C n'est pas traduit."]),
        ("pt", ["No séc. II a.C. a cidade foi destruída.", "Não foi reconstruída."]),
        ("en", ["The maps are in vol. X.", "The tables are in App. B of the guide.", "The fee is Rs. 500."]),
        ("ru", ["Дом построен в 1895 г. по проекту арх. И. И. Иванова.", "Лифта нет."]),
        ("el", ["Μένει στην οδό Ερμού, αρ. 5, τηλ. 210 123.", "Ο κ. Παπάς δεν απαντά."]),
        ("fa", ["احمدی در سال ۱۳۳۰ ه.ش. به دنیا آمد."]),
        ("ta", ["கட்டணம் ரூ. 500.", "ஞாயிற்றுக்கிழமை திறக்காது."]),
        ("en", ["Trying to get back to Com. & Adm. through the dark.", "The lamp failed."]),
        ("tr", ["Bu 3. bölümdür.", "II. Mehmed 1453'te şehri aldı."]),
    ],
)
def test_an_abbreviation_ends_no_sentence(language, expected):
    assert split(" ".join([BEFORE[language], *expected])) == [BEFORE[language], *expected]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["She had left the U.S. in May.", "John saw Mary again.", "He met Theresa May.", "Nobody knew."]),
        ("en", ["The device does test E.", "Set the switch to 3.", "Nobody was in group B.", "They got nothing."]),
        ("en", ["He said things (well, he did not say things actually. But whatever.)", "I believe he is wrong."]),
        ("en", ["The rule (see the end of App. B.) Applies to all."]),
        ("de", ["Friedrich II. war der Sohn von Heinrich VI.", "Die Häuser am Hafen sind alt."]),
        ("de", ["Er kam 300 v. Chr.", "Die Stadt war leer.", "Ludwig XIV. Friedensschlüsse kamen spät."]),
        ("es", ["No se reconstruyó hasta el año 80 d. C.", "La mayoría de las casas son nuevas."]),
        ("ru", ["Отрезок делится в отношении 3:5, считая от точки M.", "Найдите KM."]),
        ("ru", ["Приказ «О размещении информации и т.д. Общие положения» отменён.", "Он не действует."]),
        ("vi", ["Đây là nhóm A.", "Nhóm này không được tiêm."]),
        ("km", ["មិនបើកនៅថ្ងៃអាទិត្យទេ។", "តម្លៃ ៥០០ រៀល។"]),
        ("ka", ["კვირას არ იღება.", "ფასი 5 ლარია."]),
    ],
)
def test_a_letter_a_month_or_a_bracket_ends_one(language, expected):
    assert split(" ".join([BEFORE[language], *expected])) == [BEFORE[language], *expected]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ['"Good morning?" Harry asked.', '"Stop!" Mrs. Ann Brown replied.', "Nobody answered."]),
        ("en", ['"Is it far?"', "Nobody knew."]),
        ("hi", ['"अतिथि देवो भवा!" बोले थे श्री. नरेद्र मोदी ने।', '"दवा मत लो!" डॉ. शर्मा ने कहा।']),
        ("ko", ["2023. 5. 3. 시행된 법은 폐지되었다.", "회의는 2024. 12. 1. 열리지 않는다."]),
    ],
)
def test_a_quotation_has_its_speaker_and_a_date_its_parts(language, expected):
    assert split(" ".join([BEFORE[language], *expected])) == [BEFORE[language], *expected]


def test_who_speaks_in_chinese():
    expected = ["港口很旧。", "“别吃这种药！”李医生说。", "她没有回答。"]
    assert split("".join(expected)) == expected


@pytest.mark.parametrize("width", [50, 60, 70, 78])
@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", ["Frau Weiß hat dort im dritten Stock Zi. 412.", "Er ist seit 1998 Fan vom 1. FC Köln.", "Er ist 6."]),
        ("de", ["Die Abteilung III ist im 4. Stock.", "Ich habe ihn am 3. Juni gesehen.", "Das ist der 17. Versuch."]),
        ("pt", ["O Sr. Silva mora na Av. Paulista, nº 1000, apto. 12.", "O prédio não tem elevador."]),
    ],
)
def test_a_number_that_a_line_begins_with_belongs_to_the_word_above(language, expected, width):
    text = textwrap.fill(" ".join([BEFORE[language], *expected]), width, break_long_words=False, break_on_hyphens=False)
    assert split(text) == [BEFORE[language], *expected]


def test_a_list_begins_below_a_paragraph():
    steps = "Bitte beachten Sie die Schritte:\n1. Gerät aus.\n2. Deckel ab."
    assert [item.split("\n")[-1] for item in split(steps)][-2:] == ["1. Gerät aus.", "2. Deckel ab."]
    assert len(split("Cook the rice for 10 min.\n1. Add salt.\n2. Stir well.\n3. Serve.")) == 4


@pytest.mark.parametrize("text", ["Sie fragte: „Wer kommt?“", "Er rief: »Wer kommt?«", "Elle dit : « Qui vient ? »"])
def test_closing_marks_of_other_languages_end_a_question(text):
    assert ends_in_question(text)


@pytest.mark.parametrize(
    "parts",
    [
        ["It fell to 110 mph (180 km/h at the coast.", "Roofs broke.", "A month later the wind (113 km/h) was back."],
        ["She said: “We now use robots.", "They adjust the orders.", 'It works well."', "The “Wolfman” was there."],
        ["Rüzgar (180 km/s'a azalan kenti vurdu.", "Çatılar kırıldı.", "Yeni rüzgar (113 km/s) zayıftı."],
        ["从西汉开始,诸侯王的女儿则称为“翁主。", "郡主则是亲王的女儿。", "也有一些朝代重视“嫡庶之别”。"],
        ["He wrote it (it sold well. It was short.) and died.", "The end (at last) came."],
    ],
)
def test_what_is_not_closed_ends_with_its_sentence(parts):
    text = ("" if parts[0][0] == "从" else " ").join(parts)
    assert [text[start:end] for start, end in sentences(text)] == parts


@pytest.mark.parametrize(
    "parts",
    [
        ["Bought it last week.", "I love it!", "It works well.", "Battery is fine.", "Five stars."],
        ["Price is 3.5.", "The next is 4.2.", "He left in 1901.", "She came."],
        ["Was it open?", "It was.", "Great!", "We went in.", '"Yes."', "He left.", "(It rained.)", "They stayed."],
        ["It was left outside on Wednesday.", '"He was proud," said Shawn.'],
        ["Das Haus ist alt.", "Es brannte ab.", "Der Sohn baute es neu.", "Karl half ihm."],
        ["Le moulin a brûlé.", "Il était vieux.", "Les voisins sont venus.", "Pierre les a vus."],
        ["वह घर पुराना है।", "वह जल गया।", "कोई नहीं मरा।"],
        ["البيت قديم.", "احترق البيت.", "لم يمت أحد."],
        ["今有旗杆山.", "即当时招抚叛民.", "今尚有三杆峙立焉."],
    ],
)
def test_sentences_without_blanks_between_them(parts):
    text = "".join(parts)
    assert [text[start:end] for start, end in sentences(text)] == parts


@pytest.mark.parametrize(
    "text",
    [
        "See www.Example.com or the Node.JS docs on os.Path and System.Out",
        "The result is of type torch.Tensor, a numpy.Array is not. It is fast",
        "The film stars Manoj.K.Jayan, by P.G.Wodehouse and J.R.R.Tolkien",
        "Visit St.Pauli or Mt.Everest with a Ph.D. and the U.S.Army",
        "تحدث د.محمد مع أ.علي عن المشروع",
    ],
)
def test_names_with_stops_are_not_cut(text):
    assert len(sentences(text)) == 1 + text.count(". It")


@pytest.mark.parametrize(
    "parts",
    [
        [
            "[12] The claim rested on section 2 of the Act.",
            "The judge rejected it.",
            "[13] On appeal, Lord Carver held that the duty arose.",
            "[14] Lady Finch dissented.",
        ],
        ["[7] Das Gericht wies die Klage ab.", "[8] Die Klägerin legte Berufung ein.", "[9] Diese blieb erfolglos."],
        # marks of notes, which stay with the sentence before them
        ["The mill burned down. [1]", "It was built anew. [2]", "Nobody was hurt. [3]", "The owner moved away."],
    ],
)
def test_numbers_in_brackets_stay_with_their_sentences(parts):
    text = " ".join(parts)
    assert [text[start:end] for start, end in sentences(text)] == parts


@pytest.mark.parametrize(
    "first_line",
    [
        "The claim rested on the Act. [1] The judge rejected it. [2] On appeal, the duty was found to arise. [3]",
        "[12] The claim rested on section 2 of the Act, as amended. The judge rejected it, since nobody knew of the "
        "danger at that time. On appeal, Lord Carver held that the duty arose only where the occupier knew of it.",
    ],
)
def test_lines_of_prose_with_numbers_in_brackets_are_split(first_line):
    text = f"{first_line}\nThe claimant has to pay the costs of the appeal."
    pieces = [unit.text_in(text) for unit in units(text)]
    assert len(pieces) == 4 and pieces[-1] == "The claimant has to pay the costs of the appeal."
