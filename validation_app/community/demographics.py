"""What a person may say of themselves, in the words that releases of Common Voice are written in.

Sources: the statistics of releases in common-voice/cv-dataset. Ages have been these since 2017,
misspelling and all; genders since release 17.0.
"""

from typing import Final

AGES: Final = {
    "teens": "Under 20",
    "twenties": "20 to 29",
    "thirties": "30 to 39",
    "fourties": "40 to 49",
    "fifties": "50 to 59",
    "sixties": "60 to 69",
    "seventies": "70 to 79",
    "eighties": "80 to 89",
    "nineties": "90 and over",
}

GENDERS: Final = {
    "male_masculine": "Male, masculine",
    "female_feminine": "Female, feminine",
    "transgender": "Transgender",
    "non-binary": "Non-binary",
    "intersex": "Intersex",
    "do_not_wish_to_say": "I do not wish to say",
}
