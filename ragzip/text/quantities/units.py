"""Numbers and units of measure."""

__all__ = ["AMOUNT", "BEFORE_NUMBER", "UNITS"]

_UNIT_SYMBOL = (
    r"(?:%|‰|°[CFK]?|[℃℉％]|[kMGT]?(?:bit|bps|iB|B)|[KMGTP]i?B|[µumcdk]?m(?:[²³]|[23](?!\w))?|[munpµk]?g|[munµdch]?[lL]|mm\s?Hg"
    r"|[munpµ]?mol|[mkhM]?bar|[kMh]?Pa|psi|[mkMGT]?W(?:h|p)?|[mkM]?V|[mkµ]?Ah?|[kMG]?Hz|[kM]?J|k?cal|dB|ppm|ppb|rpm|mph"
    r"|[kM]?Ω|[munp]F|[kM]?N|[GM]?Bq|m?Gy|[mµ]?Sv|kDa|bpm|dpi|fl\soz|IU|IE|UI|lx|lm|[Kt]|ha|ft|in|yd|mi|lbs?|oz|ms|min|[shd]|day|year|tbsp|tsp|cups?|kn|kts?|st|pts?|gal|qt|ct|Nm|k?VA|k?cd|atm|Torr"
    r"|[kMGT]?eV|mpg|hp|PS|CV|px|mCi|(?:sq|cu)\s(?:ft|in|m|mi|yd)|nmi|[€£¥₹$]|EUR|USD|GBP|CHF|JPY)"
)
_WORDS_BY_LANGUAGE = {  # besides those of :data:`UNITS`; "_" for a blank
    "en": r"BCE? A\.?D\.? CE (?:percentage|basis)_points?"
    r" mm_Hg [mµ]?U/m?L mEq/L"
    r" (?:table|tea)spoons? pinch(?:es)? quarts? fathoms? furlongs? fortnights? bushels? dozens? pence"
    r" cents? yen kroner decibels? amp(?:ere)?s? joules? (?:kilo|mega|giga|tera)bytes? megapixels?"
    r" kilowatt-hours? (?:kilo|mega|giga)watts? micrograms? puffs? sachets? vials? ampoules? units?"
    r" degrees_(?:Celsius|Fahrenheit)"
    r" (?:square|cubic|nautical)_(?:(?:kilo|centi)?met(?:er|re)s?|feet|foot|miles?|yards?|inch(?:es)?)"
    r" (?:working|business|calendar)_days?",
    "de": r"[vn]\._?Chr\. Prozentpunkte?n?"
    r" [ET]L Msp\.? Pfund Zentner Ar Dutzend Zoll Watt Volt Dezibel Promille (?:See)?[Mm]eilen? Prisen?"
    r" Kapseln? Ampullen? Hübe Einheiten Mikrogramm Quadrat(?:kilo|zenti)?meter Kubik(?:zenti)?meter"
    r" Kilowatt(?:stunden?)? (?:Werk|Kalender)tage?n? Cent Rappen Quartale?n? Grad_Celsius Mal Karat Fuß",
    "fr": r"(?:av|apr)\._J\.-C\. points?(?:_de_pourcentage)?"
    r" c\._à_[sc]\. cuill(?:ères?|erées?)_à_(?:soupe|café) pincées? milles?(?:_marins?)? douzaines?"
    r" ampoules? gélules? fois secondes? millilitres? milligrammes? centimes? trimestres? kilowattheures?"
    r" livres? pour_mille jours?_ouvr(?:és?|ables?) (?:kilo|centi)?mètres?_(?:carrés?|cubes?)"
    r" degrés?_Celsius",
    "es": r"[ad]\._?C\. puntos?(?:_porcentuales)?"
    r" cucharad(?:it)?as? millas?(?:_náuticas?)? docenas? ampollas? veces segundos? minutos? mililitros?"
    r" cápsulas? trimestres? arrobas? quintales? por_mil pesos? fanegas? céntimos? días?_hábiles"
    r" (?:kiló)?metros?_c(?:uadrados?|úbicos?) grados?_[Cc]els?ius",
    "it": r"punti(?:_percentuali)?"
    r" cucchiai(?:o|n[oi])? miglia(?:_nautiche)? dozzin[ae] fial[ae] volte secondi minuti millilitri"
    r" milligrammi capsule trimestri etti quintali chil(?:i|o|ogrammi) once per_mille giorni_lavorativi"
    r" (?:chilo)?metri_(?:quadrat|cub)i",
    "pt": r"pontos?(?:_percentuais)?"
    r" colher(?:es)?_de_(?:sopa|chá|café) milhas?(?:_náuticas?)? dúzias? ampolas? vezes mililitros?"
    r" cápsulas? alqueires? reais centavos? dias_úteis (?:quil[oô])?metros?_(?:quadrados?|cúbicos?)",
    "nl": r"procentpunt(?:en)?"
    r" (?:eet|thee)lepels? (?:zee)?mijl(?:en)? dozijn keer milligram ons pond kwartalen promille werkdagen"
    r" druppels capsules (?:vierkante|kubieke)_(?:kilo|centi)?meter",
    "sv": r"[fe]\._?Kr\. procentenheter"
    r" msk tsk krm hekto (?:kvadrat|kubik)meter (?:sjö)?mil kronor våningar promille kapslar tum fot",
    "da": r"procentpoint prosentpoeng"
    r" [st]psk tsk (?:sø)?mil prosent ss ts nautiske_mil kapsler dråber dråper etasjer",
    "pl": r"złot(?:ych|e|y) grosz\w{0,2} godzin\w{0,2} minut\w{0,2} sekund\w? dni tygodni\w{0,2}"
    r" miesi\w{2,5} lat\w? ton\w? litr\w{0,2} (?:kilo|mili)?gram\w{0,2}"
    r" (?:kilo|centy|mili)?metr\w{0,2}(?:_(?:kwadratow|sześcienn|čtverečn|krychlov)\w{1,3})?"
    r" łyż(?:k|eczk)\w{1,2} stopni\w? tysi\w{2,4} milion\w{0,2} miliard\w{0,2}",
    "cs": r"korun\w? hodin\w{0,2} dn[íů] týdn\w{1,2} týždň\w{0,2} měsíc\w{0,2} mesiac\w{0,2} let"
    r" rok\w{0,3} tun\w? stupň\w{0,2}",
    "ru": r"до_н\._?э\."
    r" (?:(?:кило|милли)?грамм|тонн|(?:милли)?литр|(?:кило|санти|милли)?метр|гектар|градус|процент|рубл|копе"
    r"|доллар|грив|секунд|минут|час|недел|тижн|месяц|місяц|год|рок|таблет|тысяч|тисяч|миллион|мільйон|миллиард|мільярд)\w{0,4}"
    r" дн\w{1,3} лет раза? евро мм_рт\.(?:_ст\.)? (?:квадратн|кубическ)\w{2,3}_(?:кило)?метр\w{0,3}"
    r" м?кг мг г т м?л [кс]?м мм га к?Вт(?:·?ч)? к?В А бар (?:кв|куб)\._?к?м руб\.? коп\.? грн\.? ч мин"
    r" сек (?:тыс|млн|млрд|тис)\.?(?:_(?:руб|грн|чел)\w{0,3})?",
    "tr": r"saat gün hafta ay yıl lira kuruş (?:kilo)?metre(?:kare|küp)? kilogram derece dakika saniye kaşık",
    "fi": r"tonnia litraa (?:neliö|kuutio)?metriä euroa kuukautta viikkoa päivää tuntia minuuttia sekuntia"
    r" vuotta prosenttia kiloa grammaa astetta kilometriä",
    "hu": r"tonna (?:négyzet|köb|kilo)?méter forint hónap\w{0,4} hét nap\w? óra perc százalék év fok kilogramm",
    "el": r"τόν\w{1,3} λίτρ\w{1,2} ευρώ μήν\w{1,3} εβδομάδ\w{1,3} η?μέρ\w{1,3} ώρ\w{1,3} λεπτ\w{1,2}"
    r" (?:χιλιό|εκατοστό)?μετρ\w{1,2} χιλιόμετρ\w{1,2} μέτρ\w{1,2} κιλ\w{1,2} γραμμάρι\w{1,2}"
    r" βαθμ\w{1,3}",
    "ar": r"أطنان طن لتر\w{0,2} دينار\w{0,2} ريال\w{0,2} درهم\w{0,2} جنيه\w{0,2} دولار\w{0,2} يورو أشهر"
    r" شهر\w{0,2} أسابيع أسبوع\w{0,2} أيام يوم\w{0,2} ساع\w{1,3} دقائق دقيقة (?:كيلو)?متر\w{0,3}"
    r" كيلو\w{0,4} غرام\w{0,2} ملغ مل سنوات سنة درج\w{1,3} في_المئة",
    "he": r"טונות טון ליטר\w{0,2} שקל\w{0,2} ש[\"״]ח חודשים שבועות ימים שעות דקות שנים ק[\"״][מג]"
    r" קילו\w{0,6} מטר\w{0,2} גרם מ[\"״]ל מעלות אחוז\w{0,2}",
    "hi": r"टन लीटर रुपये रुपए महीने सप्ताह दिन घंटे मिनट किलोमीटर मीटर किलो\S{0,6} ग्राम वर्ष साल प्रतिशत"
    r" डिग्री",
    "vi": r"tấn lít đồng tháng tuần ngày giờ phút giây năm độ phần_trăm mét(?:_(?:vuông|khối))?",
    "id": r"rupiah bulan minggu hari jam menit detik tahun derajat persen",
}
_UNSPACED_WORDS = (
    r"時間|(?:キロ|ミリ|センチ|マイクロ)(?:メートル|グラム|リットル|ワット時?|バイト|カロリー)|トン|ヘクタール|ボルト|アンペア"
    r"|[かヶカケヵ]月|週間|日間|年間|時\d{1,2}分|[点點]\d{1,2}分?|丁目|[名階杯冊本回割枚匹倍坪時]"
    r"|[吨噸周週层層次两兩折成册辆輛艘张張]|个月|個月|[个個]小[时時]|[汤湯茶]匙|[韩韓港日]元|英[镑鎊]|(?:平方|立方)?公里|公[斤顷頃]|微克|摄氏度|千瓦[时時]?"
    r"|톤|(?:밀리|킬로|센티)?(?:미터|리터|그램)|킬로|개월|주[일간]|시간|퍼센트|[원주일시분초명층회년월도세살개평만억]"
    r"|ตัน|ลิตร|บาท|เดือน|สัปดาห์|วัน|ชั่วโมง|นาที|วินาที|ปี|องศา|กิโล(?:เมตร|กรัม)?|เมตร|กรัม"
)
_SPACED_LETTER = r"[^\W々-ヿ㐀-鿿가-힣]"  # "15%と" has a unit
_WORDS = "|".join("|".join(words.split()) for words in _WORDS_BY_LANGUAGE.values()).replace("_", r"[\s\u00a0]")
UNITS = (
    rf"(?:(?:{_WORDS})(?!\w)|(?:{_UNSPACED_WORDS})|{_UNIT_SYMBOL}(?:[/·](?:\d{{1,3}}\s)?{_UNIT_SYMBOL}){{0,2}}[²³]?(?!{_SPACED_LETTER}|/)|(?:毫|厘|分|千|公|平方|立方)?(?:克|升|斤|里|米)"
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
