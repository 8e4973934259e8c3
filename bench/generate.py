"""Seeded news for benchmarks: the same count and seed always give the same bytes.

    python bench/generate.py --articles 50000 --format csv --out /tmp/news.csv
    python bench/generate.py --articles 10000 --format text --out /tmp/news      (a folder of .txt files)

Articles have a median of 3.5 KB, the shape of wire and web copy, and invented names.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import itertools
import random
from pathlib import Path
from typing import NamedTuple

FIRST = ["Ana", "Bo", "Cora", "Dana", "Edda", "Finn", "Gil", "Hana", "Ivo", "Jane", "Kofi", "Lena", "Mara", "Noor", "Olek", "Priya", "Quinn", "Rosa", "Sami", "Tess", "Ulla", "Vera", "Walt", "Xenia", "Yara", "Zoe"]
LAST = ["Amory", "Brandt", "Castellan", "Darragh", "Estrel", "Farrow", "Grau", "Haddad", "Ilves", "Jansen", "Kuipers", "Lindt", "Marsh", "Norgaard", "Okafor", "Penhallow", "Quill", "Roe", "Solheim", "Tavora", "Ueda", "Vell", "Whitlam", "Yusuf", "Zander"]
CITIES = ["LONDON", "PARIS", "BERLIN", "ANKARA", "NEW YORK", "TOKYO", "NAIROBI", "SAO PAULO", "MADRID", "SYDNEY", "NEW DELHI", "LAGOS", "WARSAW",
          "PORTLAND, Ore.", "HALIFAX, N.S.", "GENEVA", "BEIJING", "MOSCOW", "CAIRO", "BRUSSELS"]
MONTHS = ["Jan", "Feb", "March", "April", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec"]
SUBJECTS = ["the harbour board", "the finance ministry", "a court in the capital", "the national railway", "the central bank", "the striking bakers",
            "a panel of engineers", "the opposition", "the film festival", "the city council", "the ferry company", "the coast guard"]
VERBS = ["said it would delay", "has approved", "rejected", "is considering", "will publish", "withdrew", "called for", "voted to end", "questioned"]
OBJECTS = ["a plan to close the old port", "new rules on river traffic", "the sale of its last steam ferry", "a tax on empty houses", "the report on the flood",
           "subsidies for night trains", "an inquiry into the contract", "the extension of the runway", "a pay deal reached in spring"]
SMALL_WORDS = ["the", "the", "the", "the", "the", "of", "of", "of", "to", "to", "to", "and", "and", "in", "in", "in", "a", "a", "a", "that", "that", "for", "for", "is", "was", "on", "on", "with", "as", "by", "at", "from", "it", "said", "he", "has", "have", "be", "an", "this", "not", "were", "will", "its", "who", "which", "their", "they", "but", "had", "or", "more", "about", "after", "been", "would", "one", "two", "its", "over", "last", "year", "people", "new", "first", "also", "when", "than"]
SYLLABLES = ["ba", "cor", "den", "el", "fa", "gri", "han", "il", "jor", "ka", "len", "mar", "nor", "os", "pel", "qua", "ran", "sel", "tor", "ul", "ven", "wis", "yan", "zer", "tion", "ment", "ing", "ers", "ate", "ous", "al", "ic", "ed", "ly"]
QUOTES = ["We were told nothing", "This is a done deal", "Nobody wants to be the last to leave", "The figures speak for themselves", "It took far too long"]


class Story(NamedTuple):
    """One generated article in the parts that a row would have."""

    number: int
    published: dt.datetime
    headline: str
    byline: str
    dateline: str
    body: str
    caption: str
    credit: str
    signoff: str


def make_vocabulary(size: int = 9000) -> tuple[list[str], list[float]]:
    """Invented content words with the falling frequencies of real ones, so that the text compresses about as news does."""
    rng = random.Random(7)
    words = sorted({"".join(rng.choices(SYLLABLES, k=rng.choice((2, 2, 3, 3, 4)))) for _ in range(size)})
    rng.shuffle(words)
    return words, list(itertools.accumulate(1 / (rank + 8) for rank in range(len(words))))


WORDS, WEIGHTS = make_vocabulary()


def write_sentence(rng: random.Random) -> str:
    """One invented sentence of news, nearly half of it small words."""
    count = rng.randint(8, 28)
    content = iter(rng.choices(WORDS, cum_weights=WEIGHTS, k=count))
    words = [rng.choice(SMALL_WORDS) if rng.random() < 0.45 else next(content) for _ in range(count)]
    if rng.random() < 0.2:
        words[rng.randrange(count)] = f"{rng.randint(2, 9999):,}"
    if rng.random() < 0.3:
        words.insert(rng.randrange(count), f"{rng.choice(FIRST)} {rng.choice(LAST)}")
    if rng.random() < 0.2:
        return f'"{rng.choice(QUOTES)}," {rng.choice(FIRST)} {rng.choice(LAST)} said, {" ".join(words)}.'
    words[count // 2] += ","
    sentence = " ".join(words)
    return f"{sentence[0].upper()}{sentence[1:]}."


def write_story(number: int, rng: random.Random) -> Story:
    """One article; its length varies around a median of 3.5 KB."""
    day = dt.datetime(2024, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=number * 10)
    people = [f"{rng.choice(FIRST)} {rng.choice(LAST)}" for _ in range(4)]
    size = max(600, int(rng.lognormvariate(8.11, 0.45)))
    paragraphs: list[str] = []
    total = 0
    while total < size:
        paragraph = " ".join(write_sentence(rng) for _ in range(rng.randint(1, 2)))
        if rng.random() < 0.08:
            paragraph += " read more"
        paragraphs.append(paragraph)
        total += len(paragraph) + 2
    city = rng.choice(CITIES)
    agency = rng.choice(["(Reuters) -", "(AP) —", "(AFP) -"])
    date = f", {MONTHS[day.month - 1]} {day.day}" if agency != "(AP) —" else ""
    has_photo = rng.random() < 0.5
    caption = f"{rng.choice(SUBJECTS).capitalize()} in {city.title()}, {day:%B} {day.day}, {day.year}." if has_photo else ""
    credit = f"REUTERS/{people[2]}{rng.choice(['', '/Pool', '/File Photo'])}" if has_photo else ""
    signoff = f"(Reporting by {people[0]} and {people[1]}; Editing by {people[3]})" if agency == "(Reuters) -" else ""
    headline = f"{rng.choice(SUBJECTS).capitalize()} {rng.choice(VERBS)} {rng.choice(OBJECTS)} ({number})"
    return Story(number, day, headline, f"By {people[0]}" + (f" and {people[1]}" if rng.random() < 0.2 else ""), f"{city}{date} {agency} ",
                 "\n\n".join(paragraphs), caption, credit, signoff)


def write_csv(path: Path, count: int, seed: int, first: int = 1) -> None:
    """One delimited file with quoted newlines; ids and days count on from `first`."""
    rng = random.Random(seed)
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out)
        writer.writerow(["id", "title", "author", "date", "text", "caption", "credit", "url", "source"])
        for n in range(first, first + count):
            s = write_story(n, rng)
            text = s.dateline + s.body + (f"\n\n{s.signoff}" if s.signoff else "")
            writer.writerow([f"g-{n}", s.headline, s.byline, s.published.isoformat(), text, s.caption, s.credit, f"https://news.example/{n}", "Example Wire"])


def write_folder(path: Path, count: int, seed: int, first: int = 1) -> None:
    """A folder of printed articles, one file each; their numbers count on from `first`."""
    rng = random.Random(seed)
    path.mkdir(parents=True, exist_ok=True)
    for n in range(first, first + count):
        s = write_story(n, rng)
        parts = [s.headline, s.byline, f"{s.caption} {s.credit}".strip(), s.dateline + s.body, s.signoff]
        (path / f"{n:06d}.txt").write_text("\n\n".join(p for p in parts if p) + "\n", encoding="utf-8")


def main() -> None:
    """Write what the command line asks for."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--articles", type=int, default=50_000)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--first", type=int, default=1, help="number of the first article, for several files of one corpus")
    ask.add_argument("--format", choices=["csv", "text"], default="csv")
    ask.add_argument("--out", type=Path, required=True)
    options = ask.parse_args()
    (write_csv if options.format == "csv" else write_folder)(options.out, options.articles, options.seed, options.first)


if __name__ == "__main__":
    main()
