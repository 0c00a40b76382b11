"""Numbers and units of measure."""

__all__ = ["AMOUNT", "BEFORE_NUMBER", "UNITS"]

_UNIT_SYMBOL = (
    r"(?:%|‰|°[CFK]?|[℃℉％]|[kMGT]?(?:bit|bps|iB|B)|[KMGTP]i?B|[µumcdk]?m(?:[²³]|[23](?!\w))?|[munpµk]?g|[munµdch]?[lL]|mm\s?Hg"
    r"|[munpµ]?mol|[mkhM]?bar|[kMh]?Pa|psi|[mkMGT]?W(?:h|p)?|[mkM]?V|[mkµ]?Ah?|[kMG]?Hz|[kM]?J|k?cal|dB|ppm|ppb|rpm|mph"
    r"|[kM]?Ω|[munp]F|[kM]?N|[GM]?Bq|m?Gy|[mµ]?Sv|kDa|bpm|dpi|fl\soz|IU|IE|UI|lx|lm|[Kt]|ha|ft|in|yd|mi|lbs?|oz|ms|min|[shd]|day|year|tbsp|tsp|cups?|kn|kts?|st|pts?|gal|qt|ct|Nm|k?VA|k?cd|atm|Torr"
    r"|[kMGT]?eV|mpg|hp|PS|CV|px|mCi|(?:sq|cu)\s(?:ft|in|m|mi|yd)|nmi|[€£¥₹$]|EUR|USD|GBP|CHF|JPY)"
)
UNITS = (
    rf"(?:{_UNIT_SYMBOL}(?:[/·](?:\d{{1,3}}\s)?{_UNIT_SYMBOL}){{0,2}}[²³]?(?![\w/])|(?:毫|厘|分|千|公|平方|立方)?(?:克|升|斤|里|米)"
    r"|[万亿億]?[元円人]|巴|[万亿億]|美元|欧元|毫米汞柱|小时|時間|分钟|[年月日天岁歳度个個台分秒]|パーセント|キロ|メートル|グラム|リットル|ドル|ユーロ"
    r"|(?:percent|per\ cent|Prozent|pour\ cent|por\ ciento|per\ cento|procent"
    r"|(?:second|minute|hour|day|night|week|month|quarter|year|decade|degree|(?:kilo|centi|milli)?met(?:er|re)|mile|knot|yard"
    r"|acre|hectare|(?:milli)?lit(?:er|re)|gallon|pint|(?:kilo|milli)?gram|ton|tonne|stone|ounce|watt|volt|dollar|euro|pound"
    r"|tablet|capsule|drop|dose)s?|inch(?:es)?|foot|feet|centur(?:y|ies)|times"
    r"|(?:million|billion|trillion|thousand)s?(?:\s(?:dollars|euros|pounds|people))?|[ap]\.m\.|Uhr|o['’]clock"
    r"|(?:Mio|Mrd)\.?(?:\s(?:Euro|EUR|€|Dollar|CHF))?|(?:Millionen|Milliarden?)(?:\s(?:Euro|Dollar|Franken|Menschen))?"
    r"|(?:Euro|Dollar|Franken|Kronen|Zloty)s?|zł|kr"
    r"|Std|Min|Sek|Sekunden?|Minuten?|Stunden?|Tage?n?|Wochen?|Monate?n?|Jahre?n?|Nächte?|(?:Milli)?Liter"
    r"|(?:Kilo|Zenti|Milli)?[Mm]eter|(?:Kilo|Milli)?[Gg]ramm|Kilo|Hektar|Grad|Knoten|Tonnen?|Tabletten?|Tropfen"
    r"|(?:kilo|centi|milli)?mètres?|(?:kilo)?grammes?|kilos?|tonnes?|litres?|hectares?|degrés?|nœuds?|nuits?"
    r"|(?:k?iló|cent[ií]|mil[ií])?metros?|(?:kilo)?gramos?|toneladas?|litros?|hect[aá]reas?|grados?|nudos?|noches?"
    r"|(?:chilo|centi)?metri|(?:chilo)?grammi|tonnellate|litri|ettari|gradi|nodi|notti"
    r"|quil[oó]metros?|quilômetros?|(?:quilo)?gramas?|quilos?|graus?|noites?"
    r"|(?:kilo|centi)?meter|gram|ton|graden|grader|hektar|knopen|knop|nachten|minuten|seconden|minuter|minutter|sekunder"
    r"|heures?|jours?|semaines?|mois|ans?|années?|comprimés?|gouttes?|horas?|días?|semanas?|meses|años?|ore|giorni|settimane|mesi|anni"
    r"|comprimidos?|compresse|gotas|gocce|dias?|anos?|uur|dagen|weken|maanden|jaar|tabletten"
    r"|år|dag(?:ar|er|e)|timm?(?:ar|er)|veckor|uger|uker|måned(?:er)?|månader|tabletter"
    r"|millones|milliards?|millions?|milioni|miliardi|milhões)(?!\w))"
)
# Where a number may begin: not within a word, but between characters of unspaced scripts.
BEFORE_NUMBER = r"(?<![^\W々-ヿ㐀-鿿])(?<!\.)"
_FRACTION = "[¼½¾⅐-⅞]"
AMOUNT = (
    r"(?:(?:\d{1,3}(?:[ \u00a0\u202f]\d{3}){1,4}(?!\d)(?:[.,]\d{1,6})?|\d{1,20}(?:[.,:/'’\u00a0\u202f]\d{1,20}){0,12})"
    rf"(?:\s?{_FRACTION})?|{_FRACTION})"
)
