"""Words of a dozen languages for what happens to plans and rules, as alternatives of patterns: each kind is said in
sentences that take something back, state what holds instead, or say of an entry what has become of it.
"""

__all__ = ["CANCELLED", "INSTEAD_OF", "MOVED", "PUT_OFF", "REVOKED"]

CANCELLED = r"cancell?ed|called off|abgesagt|annulée?s?|cancelad[oa]s?|anulad[oa]s?|annullat[oaie]|geannuleerd|afgelast"
PUT_OFF = r"postponed|put off|verschoben|reportée?s?|aplazad[oa]s?|pospuest[oa]s?|adiad[oa]s?|rinviat[oaie]|uitgesteld"
REVOKED = (  # of what was in force
    r"withdrawn|repealed|revoked|rescinded|recalled|abolished|zurückgezogen|aufgehoben|abrogée?s?|retirée?s?"
    r"|supprimée?s?|retirad[oa]s?|derogad[oa]s?|revogad[oa]s?|ritirat[oaie]|abrogat[oaie]|ingetrokken"
)
MOVED = (  # to another time or place; those that may mean a person, such as "moved", are not among them
    r"rescheduled|brought forward|delayed|verlegt|vorverlegt|vorgezogen|déplacée?s?|avancée?s?|repoussée?s?"
    r"|trasladad[oa]s?|adelantad[oa]s?|spostat[oaie]|posticipat[oaie]|anticipat[oaie]|transferid[oa]s?|antecipad[oa]s?"
    r"|verplaatst|verzet"
)
INSTEAD_OF = (  # before what does not hold
    r"(?:instead|in place) of|rather than|(?:an)?statt|anstelle von|au lieu d[eu]|à la place d[eu]"
    r"|en (?:vez|lugar) del?|invece (?:di|del|della)|anziché|al posto (?:di|del|della)|em (?:vez|lugar) d[eoa]"
    r"|in plaats van"
)
