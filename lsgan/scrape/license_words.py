"""The words of which the names of licences are made, in several languages."""

import re

# In the order in which they must be looked for: a longer name before one that it holds. Text is
# in lower case before; in capitals stand the words that are understood.
SPELLINGS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), word)
    for pattern, word in (
        (r"\bcc(?=(?:by|nc|nd|sa)+\b)", "CC"),
        (r"\bby(?=(?:nc|nd|sa)+\b)", "BY"),
        (r"\bnc(?=(?:nd|sa)\b)", "NC"),
        (r"non?[ -]?com+er[cz]i\w*|n[ãa]o[ -]?comercial\w*|not for commercial use", "NC"),
        (r"nicht[ -]?kommerziell\w*|keine kommerzielle\w*( nutzung)?|niet[ -]?commercieel", "NC"),
        (r"pas d['’]utilisation commerciale|некоммерческ\w*", "NC"),
        (r"非商业性?(使用)?|非商業性?(使用)?|非営利|비영리|\bnc\b", "NC"),
        (r"no[ -]?deriv\w*( works)?|sin[ -]?(obras?[ -]?)?deriva\w+|sem[ -]?deriva\w+", "ND"),
        (r"keine[ -]?bearbeitung\w*|pas de modification\w*|non opere derivate", "ND"),
        (r"без производных\w*|禁止演绎|禁止改作|改変禁止|변경금지|\bnd\b", "ND"),
        (r"share[ -]?alike|compartir[ -]?igual|compartilha\w*[ -]?igual", "SA"),
        (r"weitergabe unter gleichen bedingungen|condividi allo stesso modo", "SA"),
        (r"partage (dans les mêmes conditions|à l['’]identique)|с сохранением условий", "SA"),
        (r"相同方式共享|相同方式分享|継承|동일조건변경허락|\bsa\b", "SA"),
        (r"\battribution\b|atribuci[óo]n|atribuição|attribuzione|reconocimiento", "BY"),
        (r"namensnennung|naamsvermelding|paternité|с указанием авторства", "BY"),
        (r"署名标示|署名|姓名標示|表示|저작자표시|\bby\b", "BY"),
        (r"\b(cc|creative[ -]?commons)[ -]?(zero\b|0(?![.\d]))", "ZERO"),
        (r"public[ -]?domain[ -]?mark\b|\bpdm\b", "MARK"),
        (r"^pd\b|public[ -]?domain|gemeinfrei\w*|domaine public|dom[ií]nio p[úu]blico", "PD"),
        (r"pubblico dominio|publiek domein|общественное достояние|公有领域|公有領域", "PD"),
        (r"\bcc\b|creative[ -]?commons", "CC"),
    )
)


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


# Around the name of a licence these promise a condition, or take the licence back.
DOUBTFUL = _words(
    "not no non without except excluding unless only prohibited forbidden permission request",
    "personal private editorial educational education academic research nonprofit profit",
    "commercial commercially commerciale comercial kommerziell kommerzielle resale sell selling",
    "nicht kein keine nur verboten pas sans sauf seulement sin solo salvo sem не без только",
)

# Around the name of a licence these mean nothing more.
FILLER = _words(
    "license licence licenses licences licensed lizenz licencia licenza licença licentie лицензия",
    "许可协议 授權條款 知识共享 public international internacional internazionale 国际 國際",
    "unported generic universal deed v version gfdl gnu free documentation",
)
