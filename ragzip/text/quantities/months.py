"""Names of months and of the days of the week."""

import re

__all__ = [
    "DAYS",
    "ENGLISH_MONTHS_AND_DAYS",
    "MONTHS",
    "MONTHS_ELSEWHERE",
    "MONTH_BEFORE_YEAR",
    "MONTH_NUMBERS",
    "SHORT_FORMS",
    "SHORT_MONTHS",
    "SPAN_OF_YEARS",
    "UNTIL_NOW",
]

MONTH_NUMBERS = {
    name: number
    for number, names in enumerate(
        (
            "january januar jänner janvier enero gennaio janeiro januari",
            "february februar feber février febrero febbraio fevereiro februari",
            "march märz mars marzo março maart marts",
            "april avril abril aprile",
            "may mai mayo maggio maio mei maj",
            "june juni juin junio giugno junho",
            "july juli juillet julio luglio julho",
            "august août agosto augustus augusti",
            "september septembre septiembre setiembre settembre setembro",
            "october oktober octobre octubre ottobre outubro",
            "november novembre noviembre novembro",
            "december dezember décembre diciembre dicembre dezembro",
        ),
        1,
    )
    for name in names.split()
}
DAYS = (  # of the week, from Monday on
    "monday montag lundi lunes lunedì maandag segunda-feira",
    "tuesday dienstag mardi martes martedì dinsdag terça-feira",
    "wednesday mittwoch mercredi miércoles mercoledì woensdag quarta-feira",
    "thursday donnerstag jeudi jueves giovedì donderdag quinta-feira",
    "friday freitag vendredi viernes venerdì vrijdag sexta-feira",
    "saturday samstag sonnabend samedi sábado sabato zaterdag",
    "sunday sonntag dimanche domingo domenica zondag",
)
SHORT_FORMS = {  # of three or four letters: "Sep", "Sept"
    name: frozenset((name[:3], name[:4])) for name in (*MONTH_NUMBERS, *" ".join(DAYS).split()) if len(name) > 3
}
SHORT_MONTHS = (
    "J[aä]n|Feb|M[aä]r|Apr|Jun|Jul|Aug|Sept|Sep|O[ck]t|Nov|De[cz]|janv|févr?|avr|juill?|sept|oct|nov|déc"
    "|ene|abr|ago|dic|genn?|giu|lug|ott|fev|dez|mrt|okt"
)
MONTHS = (  # "may" in small letters is nearly always the modal
    rf"(?:(?i:{'|'.join(sorted(MONTH_NUMBERS.keys() - {'may'}, key=len, reverse=True))})"
    rf"|May|(?:{SHORT_MONTHS})\b\.?)"
)
# In the languages whose forms of governing words are not listed.
MONTHS_ELSEWHERE = "|".join(
    re.findall(
        r"\S+",
        """
    stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia
    ledna února března dubna května června července srpna září října listopadu prosince
    января февраля марта апреля мая июня июля августа сентября октября ноября декабря
    січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня
    Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık
    tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta
    marraskuuta joulukuuta január február március április május június július augusztus szeptember október
    Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου Νοεμβρίου Δεκεμβρίου
    يناير فبراير مارس أبريل إبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر
    ב?ינואר ב?פברואר ב?מרץ ב?אפריל ב?מאי ב?יוני ב?יולי ב?אוגוסט ב?ספטמבר ב?אוקטובר ב?נובמבר ב?דצמבר
    जनवरी फ़रवरी फरवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर
    มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม
    Januari Februari Maret Mei Juni Juli Agustus Oktober Desember
    """,
    )
)
MONTH_BEFORE_YEAR = rf"(?:{MONTHS}\.?\s|\d{{1,2}}[./])"  # "June 2017", "06/2017"
UNTIL_NOW = (  # after a dash: "2019 – present"
    "(?i:present|now|today|current|ongoing|heute|jetzt|aujourd['’]hui|présent|actualidad|presente|oggi|atual|heden|dziś)"
)
SPAN_OF_YEARS = (  # "Mar 2017 – Dec 2020"
    rf"(?:{MONTH_BEFORE_YEAR})?(?:1[5-9]|20)\d\d\s?[-–—]\s?"
    rf"(?:(?:{MONTH_BEFORE_YEAR})?(?:1[5-9]|20)?\d\d|{UNTIL_NOW})"
)
ENGLISH_MONTHS_AND_DAYS = (  # with the usual short forms of months; case matters
    "Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?"
    "|Nov(?:ember)?|Dec(?:ember)?|(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?"
)
