"""Small files with questions that have one right answer, by kind: our own beside those of ../shared/cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.fakes.files import make_docx, make_pdf
from tests.fakes.office_files import make_pptx
from tests.fakes.table_files import FORMATS


@dataclass(frozen=True, slots=True)
class Asked:
    """A question over one file: what its answer holds and does not; `answerable` False where the file has none."""

    question: str
    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    answerable: bool = True


@dataclass(frozen=True, slots=True)
class Case:
    """A file of a kind, and what is asked of it alone."""

    kind: str
    filename: str
    content: bytes
    asked: tuple[Asked, ...]


def _table(suffix: str, *rows: Sequence[str]) -> bytes:
    return FORMATS[suffix](rows)


def _html(body: str) -> bytes:
    return f"<html><head><meta charset='utf-8'></head><body>{body}</body></html>".encode()


def _many(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    return [columns, *rows]


_TOWNS = ("Zadar", "Sisak", "Pula", "Vukovar", "Gospić")
_TEAMS = ("Service desk", "Networks", "Payroll", "Facilities", "Archive")

_BILLS = _many(
    ("Broj računa", "Dobavljač", "Iznos", "Rok plaćanja"),
    [
        (f"R-2026/{number:04}", f"Dobavljač {number % 9}", f"{311 + 17 * number},40 €", f"{1 + number % 28}.11.2026.")
        for number in range(380, 440)
    ],
)
_ORDERS = _many(
    ("Order", "Supplier", "Goods", "Delivery"),
    [
        (f"PO-{88_150 + at}", f"{_TOWNS[at % 5]} Trade {at}", f"pallet type {at % 4}", f"week {at % 52}")
        for at in range(90)
    ],
)
_ASSETS = _many(
    ("Inventarni broj", "Naziv", "Lokacija", "Nabavljeno"),
    [
        (f"OS-{at:05}", f"pisač model {at % 6}", f"{_TOWNS[at % 5]}, soba {100 + at}", f"{2015 + at % 9}.")
        for at in range(410, 480)
    ],
)
_STATES = ("open", "waiting", "closed", "reopened")
_TICKETS = _many(
    ("Ticket", "Team", "Status", "Hours"),
    [(f"HD-{20_400 + at}", _TEAMS[at % 5], _STATES[at % 4], str(at % 7)) for at in range(80)],
)
_VEHICLES = _many(
    ("Registracija", "Vozilo", "Vozač", "Sljedeći servis"),
    [
        ("ZG 4821 KT", "Kangoo", "Stipe Marušić", "14.3.2027."),
        ("ZD 1177 LM", "Transit", "Vesna Kolak", "2.2.2027."),
        ("ST 9034 AB", "Caddy", "Frane Buble", "30.6.2027."),
        ("RI 2250 PO", "Sprinter", "Dino Šarić", "9.9.2027."),
    ],
)
_DUTY = (
    ("Datum", "Dežurni", "Telefon"),
    ("14.8.2026.", "Jure Perko", "221"),
    ("21.8.2026.", "Ana Zec", "224"),
)
_GLOSSARY = _many(
    ("Term", "Definition"),
    [
        ("Churn", "Share of customers who end their contract within a year."),
        ("Backlog", "Orders that are confirmed and not yet produced."),
        ("Lead time", "Days between an order and its delivery."),
        ("Scrap rate", "Share of pieces that fail the final inspection."),
    ],
)

_DUTIES = """# Priručnik za izlagače

## Prijava

Uz prijavu treba priložiti:

- izvadak iz registra ne stariji od tri mjeseca,
- potvrdu o nepostojanju poreznog duga,
- opis izložaka,
- policu osiguranja.

Prijave se šalju do 3. svibnja na adresu sajma. Nepotpune prijave ne razmatraju se.
"""
_RULES = (
    *("helmets", "boots", "vests", "ladders", "lifting", "fires", "alarms", "exits", "radios", "dust", "noise"),
    *("water", "waste", "tools", "keys", "lamps", "gates", "ropes", "signs", "masks"),
)
_STEPS = "# Site induction\n\nEvery visitor has to know these rules:\n\n" + "\n".join(
    f"{number}. Rule about {thing}." for number, thing in enumerate(_RULES, start=1)
)
_COSTS = """Pravilnik o stipendijama

Stipendistima se priznaju sljedeći troškovi, i to:
- školarina u punom iznosu,
- smještaj u studentskom domu,
- udžbenici do 200 eura godišnje,
- mjesečna karta za prijevoz.

Troškovi se dokazuju računom. Zahtjev se podnosi referadi.
"""
_CREW = """# Vanjski suradnici

Grafička priprema: Studio Val

Prijevodi: Lingva Nova d.o.o.

Čišćenje: Bistro Sjaj obrt

Dostava: Brzi Galeb j.d.o.o.
"""
_SAFETY = """# Safety rules

## Reporting

Report every near miss to the shift lead on the same day. A near miss form lies at each exit.

## Terms

A near miss is an unplanned event that could have hurt somebody but did not. A hazard is anything that can cause harm.
"""
_TRAVEL = """# Upute za putovanja

Dnevnica se isplaćuje uz plaću. Umanjena dnevnica obračunava se kad je osiguran obrok.

Dnevnica je naknada za pokriće troškova prehrane i gradskog prijevoza na službenom putu.

Predujam se može tražiti tri dana prije puta.
"""
_TERMS = (
    "# Članak 3. Pojmovi",
    "U smislu ovih pravila pojedini pojmovi imaju sljedeće značenje:",
    "1. korisnik: osoba koja je s društvom sklopila ugovor o korištenju usluge,",
    "2. priključna točka: mjesto na kojem se korisnikova oprema spaja na mrežu,",
    "3. smetnja: svako odstupanje od ugovorene kakvoće usluge.",
    "# Članak 4. Prijava",
    "Korisnik prijavljuje smetnju na priključnoj točki telefonom.",
)
_HOURS = """Kućni red tvrtke

Radno vrijeme počinje u 8 sati. Evidenciju o radnom vremenu vodi voditelj.

Radnim vremenom smatra se vrijeme u kojem radnik obavlja posao ili je spreman obavljati ga na mjestu koje odredi
poslodavac.

Stanka traje 30 minuta.
"""
_LEASE = """# Lease terms

The tenant pays the deposit before moving in.

Deposit means a sum that the landlord holds
until the tenant moves out.

Rent means the sum due every month."""
_FAULTS = """# Mixer faults

E-41 means the bowl lock is open.

E-44 means the motor is too hot.

E-140 means the lid sensor is dirty.
"""
_CODES = """Šifre kvarova dizala

F-208 znači da vrata nisu zatvorena.
F-280B znači da je kabina preopterećena.
F-820 znači da nema napona.
"""

LOOKUP, ROW, CODE, LIST, TERM = "table lookup", "row", "identifier", "list", "definition"

CASES = (
    Case(
        LOOKUP,
        "racuni.csv",
        _table("csv", *_BILLS),
        (
            Asked("Koliki je iznos računa R-2026/0417?", ("R-2026/0417", "7400,40"), ("7417",)),
            Asked("Kada dospijeva račun R-2026/0389?", ("26.11.2026.",)),
        ),
    ),
    Case(
        LOOKUP,
        "orders.html",
        _table("html", *_ORDERS),
        (
            Asked("Which supplier did we order PO-88213 from?", ("Vukovar Trade 63",), ("Trade 62", "Trade 64")),
            Asked("When is PO-88171 delivered?", ("week 21",)),
        ),
    ),
    Case(
        LOOKUP,
        "oprema.xlsx",
        _table("xlsx", *_ASSETS),
        (
            Asked("Gdje se nalazi oprema OS-00452?", ("Pula, soba 552",), ("soba 553",)),
            Asked("Kad je nabavljen OS-00433?", ("2016.",)),
        ),
    ),
    Case(
        LOOKUP,
        "tickets.pdf",
        _table("pdf", *_TICKETS),
        (
            Asked("What is the status of ticket HD-20451?", ("reopened",), ("waiting",)),
            Asked("Which team has HD-20463?", ("Facilities",), ("Payroll",)),
        ),
    ),
    Case(
        LOOKUP,
        "vozila.docx",
        _table("docx", *_VEHICLES),
        (
            Asked("Tko vozi ZG 4821 KT?", ("Stipe Marušić",), ("Vesna", "Frane")),
            Asked("Kada je servis za ST 9034 AB?", ("30.6.2027.",), ("9.9.2027.",)),
        ),
    ),
    Case(
        ROW,
        "rooms.md",
        _table(
            "md",
            ("Name", "Room", "Phone"),
            ("Nora Field", "2.14", "7781"),
            ("Omar Reyes", "3.02", "7790"),
            ("Ines Wood", "1.09", "7712"),
        ),
        (
            Asked("Which room is Nora Field in?", ("2.14",), ("3.02", "1.09")),
            Asked("Whose phone is 7790?", ("Omar Reyes",), ("Nora", "Ines")),
        ),
    ),
    Case(
        ROW,
        "partneri.csv",
        _table(
            "csv",
            ("Partner", "OIB", "Sjedište"),
            ("Jadran Plus", "11223344556", "Šibenik"),
            ("Kontinent", "99887766554", "Osijek"),
            ("Lika Drvo", "55443322110", "Otočac"),
        ),
        (
            Asked("Koji je OIB tvrtke Jadran Plus?", ("11223344556",), ("99887766554",)),
            Asked("Kojoj tvrtki pripada OIB 55443322110?", ("Lika Drvo",), ("Kontinent",)),
        ),
    ),
    Case(
        ROW,
        "certifikati.xlsx",
        _table(
            "xlsx",
            ("Radnik", "Certifikat", "Vrijedi do"),
            ("Marko Lukić", "viličar", "31.8.2027."),
            ("Tea Horvat", "rad na visini", "15.1.2028."),
            ("Ivo Bilić", "zavarivanje", "7.5.2026."),
        ),
        (
            Asked("Do kada vrijedi certifikat Marka Lukića?", ("31.8.2027.",), ("15.1.2028.",)),
            Asked("Tko ima certifikat za rad na visini?", ("Tea Horvat",), ("Bilić",)),
        ),
    ),
    Case(
        ROW,
        "lockers.docx",
        make_docx(["# Lockers", [("Locker", "Person", "Key"), ("26", "Abe Stone", "K9"), ("27", "Ruth Vale", "K4")]]),
        (
            Asked("Who has locker 27?", ("Ruth Vale",), ("Abe Stone",)),
            Asked("Which key does Abe Stone have?", ("K9",), ("K4",)),
        ),
    ),
    Case(
        ROW,
        "dezurstva.pptx",
        make_pptx([("Dežurstva", [_DUTY], "")]),
        (
            Asked("Tko je dežurni 14.8.2026.?", ("Jure Perko",), ("Ana Zec",)),
            Asked("Koji telefon ima Ana Zec?", ("224",), ("221",)),
        ),
    ),
    Case(
        CODE,
        "mixer.md",
        _FAULTS.encode(),
        (
            Asked("What does E-41 mean?", ("bowl lock",), ("motor", "lid sensor")),
            Asked("What does E-14 mean?", answerable=False),
        ),
    ),
    Case(
        CODE,
        "dizalo.txt",
        _CODES.encode(),
        (
            Asked("Što znači šifra F-208?", ("vrata nisu zatvorena",), ("napona",)),
            Asked("Što znači F-288?", answerable=False),
        ),
    ),
    Case(
        CODE,
        "procedure.docx",
        make_docx(
            ["# Procedures", "P-12 describes the handling of returns.", "P-21 describes the calibration of scales."]
        ),
        (
            Asked("What does P-21 describe?", ("calibration of scales",), ("returns",)),
            Asked("What does P-27 describe?", answerable=False),
        ),
    ),
    Case(
        CODE,
        "bolts.html",
        _html("<h1>Tightening</h1><p>Bolt M8-220-A takes 25 Nm.</p><p>Bolt M8-202-C takes 31 Nm.</p>"),
        (
            Asked("What torque does M8-220-A take?", ("25 Nm",), ("31 Nm",)),
            Asked("What torque does M8-202-A take?", answerable=False),
        ),
    ),
    Case(
        CODE,
        "predmeti.csv",
        _table(
            "csv",
            ("Predmet", "Stranka", "Referent"),
            ("UP/I-118/2025", "Općina Brod", "Lana Ris"),
            ("UP/I-181/2025", "Grad Kaštel", "Vid Kos"),
        ),
        (
            Asked("Tko vodi predmet UP/I-181/2025?", ("Vid Kos",), ("Lana Ris",)),
            Asked("Tko vodi predmet UP/I-811/2025?", answerable=False),
        ),
    ),
    Case(
        LIST,
        "izlagaci.md",
        _DUTIES.encode(),
        (
            Asked(
                "Što sve treba priložiti uz prijavu?",
                ("izvadak iz registra", "poreznog duga", "opis izložaka", "policu osiguranja"),
                ("##",),
            ),
            Asked("Koje dokumente trebam priložiti?", ("izvadak iz registra", "policu osiguranja")),
        ),
    ),
    Case(
        LIST,
        "bring.docx",
        make_docx(["# First day", "Please bring:", "- your passport", "- the signed contract", "- bank details"]),
        (
            Asked("What do I have to bring on my first day?", ("passport", "signed contract", "bank details")),
            Asked("Which documents should I bring?", ("passport", "bank details")),
        ),
    ),
    Case(
        LIST,
        "induction.md",
        _STEPS.encode(),
        (Asked("What are the rules for visitors?", ("helmets", "boots", "more items in the document: 5")),),
    ),
    Case(
        LIST,
        "stipendije.txt",
        _COSTS.encode(),
        (
            Asked("Koji se troškovi priznaju stipendistima?", ("školarina", "smještaj", "udžbenici", "karta")),
            Asked("Za koje troškove mogu dobiti novac?", ("školarina", "mjesečna karta")),
        ),
    ),
    Case(
        LIST,
        "suradnici.md",
        _CREW.encode(),
        (
            Asked("Navedi sve vanjske suradnike", ("Studio Val", "Lingva Nova", "Bistro Sjaj", "Brzi Galeb")),
            Asked("Tko nam radi prijevode?", ("Lingva Nova",), ("Studio Val", "Brzi Galeb")),
        ),
    ),
    Case(
        TERM,
        "safety.md",
        _SAFETY.encode(),
        (
            Asked("What is a near miss?", ("could have hurt somebody",)),
            Asked("Define hazard", ("can cause harm",)),
        ),
    ),
    Case(
        TERM,
        "putovanja.md",
        _TRAVEL.encode(),
        (
            Asked("Što je dnevnica?", ("troškova prehrane",)),
            Asked("Što znači dnevnica?", ("troškova prehrane",)),
        ),
    ),
    Case(
        TERM,
        "pojmovi.docx",
        make_docx(_TERMS),
        (
            Asked("Što je priključna točka?", ("mjesto na kojem se korisnikova oprema spaja",)),
            Asked("Što znači pojam smetnja?", ("odstupanje od ugovorene kakvoće",)),
        ),
    ),
    Case(
        TERM,
        "glossary.html",
        _html(
            "<h1>Glossary</h1><dl><dt>SLA</dt><dd>the level of service promised to a customer</dd>"
            "<dt>Runbook</dt><dd>written steps for a task that recurs</dd></dl><p>Ask the desk about an SLA.</p>"
        ),
        (
            Asked("What does SLA mean?", ("level of service promised",)),
            Asked("What is a runbook?", ("written steps",)),
        ),
    ),
    Case(
        TERM,
        "kucni-red.txt",
        _HOURS.encode(),
        (
            Asked("Što se smatra radnim vremenom?", ("spreman obavljati",)),
            Asked("Kako je definirano radno vrijeme?", ("spreman obavljati",)),
        ),
    ),
    Case(
        TERM,
        "terms.pdf",
        make_pdf([_LEASE]),
        (
            Asked("What does deposit mean?", ("landlord holds",)),
            Asked("What is meant by rent?", ("due every month",)),
        ),
    ),
    Case(
        TERM,
        "metrics.csv",
        _table("csv", *_GLOSSARY),
        (
            Asked("What is churn?", ("end their contract",), ("Orders that",)),
            Asked("What does lead time mean?", ("between an order and its delivery",)),
        ),
    ),
)


def cases_by_kind() -> Mapping[str, tuple[Case, ...]]:
    """Return the cases of each kind."""
    return {kind: tuple(case for case in CASES if case.kind == kind) for kind in (LOOKUP, ROW, CODE, LIST, TERM)}
