"""Species and sexes as the archive names them: addresses in the NCBI taxonomy and in PATO."""

from __future__ import annotations

import re
from typing import NamedTuple

TAXON_ADDRESS = "http://purl.obolibrary.org/obo/NCBITaxon_"
_ADDRESS = re.compile(r"https?://purl\.obolibrary\.org/obo/NCBITaxon_([0-9]+)/?", re.IGNORECASE)
_PATO = "http://purl.obolibrary.org/obo/PATO_"


class Species(NamedTuple):
    """A species that the client knows by name: `others` are further names, `genus_word` one that any name may begin with."""

    taxon: int
    scientific: str
    everyday: str
    others: tuple[str, ...] = ()
    genus_word: str = ""

    @property
    def name(self) -> str:
        """Both names, as the archive shows them."""
        return f"{self.scientific} - {self.everyday}"


KNOWN = (
    Species(10090, "Mus musculus", "House mouse", ("mouse", "musculus"), "mus"),
    Species(9606, "Homo sapiens", "Human", (), "homo"),
    Species(10116, "Rattus norvegicus", "Norway rat", ("brown rat", "rat", "norvegicus")),
    Species(10117, "Rattus rattus", "Black rat"),
    Species(9544, "Macaca mulatta", "Rhesus monkey", ("mulatta", "rhesus")),
    Species(9483, "Callithrix jacchus", "Common marmoset", ("jacchus",)),
    Species(7227, "Drosophila melanogaster", "Fruit fly", ("melanogaster",)),
    Species(7955, "Danio rerio", "Zebra fish", ("danio", "zebrafish")),
    Species(6239, "Caenorhabditis elegans", "Roundworm", ("c. elegans",), "caenorhabditis"),
    Species(9545, "Macaca nemestrina", "Pig-tailed macaque", ("pigtail monkey", "pigtail macaque")),
    Species(9548, "Macaca radiata", "Bonnet macaque", ("bonnet monkey", "radiata")),
    Species(10047, "Meriones unguiculatus", "Mongolian gerbil", ("mongolian jird",)),
    Species(30207, "Polistes fuscatus", "Common paper wasp"),
)

# Taxa of further animals of the field, to tell the address that the archive takes for them. From the NCBI taxonomy.
FURTHER_TAXA = {
    "macaca fascicularis": 9541, "macaca fuscata": 9542, "papio anubis": 9555, "pan troglodytes": 9598, "saimiri sciureus": 9521,
    "sapajus apella": 9515, "microcebus murinus": 30608, "tupaia belangeri": 37347, "felis catus": 9685, "mustela putorius furo": 9669,
    "canis lupus familiaris": 9615, "sus scrofa": 9823, "ovis aries": 9940, "oryctolagus cuniculus": 9986, "cavia porcellus": 10141,
    "mesocricetus auratus": 10036, "microtus ochrogaster": 79684, "peromyscus maniculatus": 10042, "octodon degus": 10160,
    "heterocephalus glaber": 10181, "eptesicus fuscus": 29078, "rousettus aegyptiacus": 9407, "gallus gallus": 9031,
    "taeniopygia guttata": 59729, "columba livia": 8932, "tyto alba": 56313, "xenopus laevis": 8355, "xenopus tropicalis": 8364,
    "ambystoma mexicanum": 8296, "oryzias latipes": 8090, "apis mellifera": 7460, "aplysia californica": 6500, "hirudo medicinalis": 6421,
}  # fmt: skip


def _is_called(species: Species, words: str) -> bool:
    names = (species.name, species.scientific, species.everyday)
    begins = species.genus_word and re.match(rf"{species.genus_word}\b", words)
    return bool(begins) or words in {name.lower() for name in names}


def find_species(text: str) -> Species | None:
    """The species that a name or an NCBI taxonomy address means, None where it is none of those that the client knows."""
    if found := _ADDRESS.fullmatch(text):
        return next((one for one in KNOWN if one.taxon == int(found[1])), None)
    words = text.lower().strip()
    named = [one for one in KNOWN if _is_called(one, words)] or [one for one in KNOWN if words in one.others]
    return named[0] if len(named) == 1 else None


def species_entry(text: str) -> dict[str, str] | None:
    """The archive's entry for a species; None where the text is empty.

    An address outside the table is kept as it is, without a name: names are not asked for over the network.

    Raises:
        ValueError: It is no species that is understood.
    """
    if not text:
        return None
    if found := find_species(text):
        return {"schemaKey": "SpeciesType", "identifier": f"{TAXON_ADDRESS}{found.taxon}", "name": found.name}
    if _ADDRESS.fullmatch(text):
        return {"schemaKey": "SpeciesType", "identifier": text}
    raise ValueError(f"{text!r} is no species that the archive knows by name")


def taxon_hint(text: str) -> str:
    """How to write a species that was not understood."""
    words = " ".join(text.lower().replace("_", " ").split())
    number = re.fullmatch(r"(?:ncbitaxon[_: ]?)?(\d+)", words)
    taxon = number[1] if number else next((str(taxon) for name, taxon in FURTHER_TAXA.items() if words.startswith(name)), None)
    if taxon:
        return f"Write the address of its NCBI taxon into the file: {TAXON_ADDRESS}{taxon}"
    return f"Write its Latin name (Mus musculus, Rattus norvegicus, Homo sapiens …), or the address of its NCBI taxon: {TAXON_ADDRESS}10090"


_SEXES = {
    "m": ("Male", f"{_PATO}0000384"),
    "male": ("Male", f"{_PATO}0000384"),
    "f": ("Female", f"{_PATO}0000383"),
    "female": ("Female", f"{_PATO}0000383"),
    "u": ("Unknown", ""),
    "unknown": ("Unknown", ""),
    "o": ("Other", ""),
    "other": ("Other", ""),
}


def sex_entry(text: str) -> dict[str, str] | None:
    """The archive's entry for a sex; None where the text is empty.

    Raises:
        ValueError: It is none that is understood.
    """
    if not text:
        return None
    if text.lower().startswith("http"):
        return {"schemaKey": "SexType", "identifier": text}
    if text.lower() not in _SEXES:
        raise ValueError(f"{text!r} is no sex that the archive understands")
    name, address = _SEXES[text.lower()]
    return {"schemaKey": "SexType", **({"identifier": address} if address else {}), "name": name}
