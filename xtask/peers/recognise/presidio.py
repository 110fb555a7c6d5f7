"""Presidio on the corpus of corpus.py, with the pattern recognisers that fit Chinese text (mobile numbers of China, cards, mail, IP): spaCy's Chinese models are
not on PyPI, so a blank Chinese pipeline stands in and no names are looked for. Prints figures as the examples of ours do: name, unit, amount and
nanoseconds with tabs between.

    python presidio.py CORPUS
"""

import json
import sys
import time

import spacy
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
from presidio_analyzer.nlp_engine import NlpArtifacts, NlpEngine
from presidio_analyzer.predefined_recognizers import CreditCardRecognizer, EmailRecognizer, IpRecognizer, PhoneRecognizer

# As many documents as are read in some seconds.
DOCUMENTS = 600


class Blank(NlpEngine):
    """Tokens and nothing else."""

    def __init__(self):
        self.pipeline = spacy.blank("zh")

    def load(self):
        pass

    def is_loaded(self):
        return True

    def get_supported_entities(self):
        return []

    def get_supported_languages(self):
        return ["zh"]

    def process_text(self, text, language):
        document = self.pipeline(text)
        return NlpArtifacts([], document, [token.idx for token in document], [token.text for token in document], self, language)

    def process_batch(self, texts, language, **kwargs):
        for text in texts:
            yield text, self.process_text(text, language)

    def is_stopword(self, word, language):
        return False

    def is_punct(self, word, language):
        return False


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        documents = [json.loads(line) for line, _ in zip(file, range(DOCUMENTS))]
    recognizers = [
        CreditCardRecognizer(supported_language="zh"),
        EmailRecognizer(supported_language="zh"),
        IpRecognizer(supported_language="zh"),
        PhoneRecognizer(supported_language="zh", supported_regions=["CN"]),
    ]
    analyzer = AnalyzerEngine(RecognizerRegistry(recognizers, supported_languages=["zh"]), Blank(), supported_languages=["zh"])
    analyzer.analyze(documents[0]["text"], "zh")
    started = time.perf_counter_ns()
    found = [analyzer.analyze(document["text"], "zh") for document in documents]
    taken = time.perf_counter_ns() - started
    print(f"  Presidio, patterns\tB\t{sum(len(document['text'].encode()) for document in documents)}\t{taken}")
    labelled, right, wrong = 0, 0, 0
    for document, results in zip(documents, found):
        place = {}
        for at, c in enumerate(document["text"]):
            place[at] = len(document["text"][:at].encode())
        place[len(document["text"])] = len(document["text"].encode())
        theirs = {(place[result.start], place[result.end]) for result in results}
        ours = {(span["start"], span["end"]) for span in document["spans"] if span["kind"] not in ("name", "address")}
        # What the patterns are not made for counts as missed, what hits any label as right: the kind is not asked.
        labelled, right, wrong = labelled + len(ours), right + len(ours & theirs), wrong + len(theirs - ours)
    print(f"  Presidio, structured: recall\tratio\t{right}\t{max(labelled, 1)}")
    print(f"  Presidio, structured: precision\tratio\t{right}\t{max(right + wrong, 1)}")


main()
