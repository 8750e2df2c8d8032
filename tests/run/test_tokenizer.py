"""A model reads and writes text as its own tokenizer does, and shows each token so that a person can read it."""

import json
import pickle
import subprocess
import sys
import warnings
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from small import random_parameters
from starlette.testclient import TestClient

from pellucid.files.growth import grows_without_bound
from pellucid.files.safetensors import StoredArrays
from pellucid.graph import PellucidError
from pellucid.models import GPT2Config
from pellucid.run.model import Model
from pellucid.run.vocabulary import Vocabulary, visible, visible_bytes
from pellucid.serve.app import application
from pellucid.words.errors import PellucidWarning

TEXTS = [
    "the cat sat",
    " the  cat\n\n\tsat on\r\nthe mat ",
    "The CAT's 123,456 dogs—don't!",
    "猫は座った。café ﬁ １２ ①",
    "👩‍👩‍👧 𝕏 e\u0301 \u00a0\u200b\ufeff",
    "a<|endoftext|>b <|endoftext|> <pad>c <pad> [MASK]",
    "\x00\x01\x1b[2J\x7f",
    "x" * 300,
    "",
]
LEARNED = ["the cat sat on the mat and the dog on the rug", "The CATS don't", "猫は座った", "café 123"] * 5

Write = Callable[[Path], object]


def byte_level(folder: Path, **kinds: Any) -> Any:
    from tokenizers import ByteLevelBPETokenizer

    bpe = ByteLevelBPETokenizer(**kinds)
    bpe.train_from_iterator(LEARNED, vocab_size=330, min_frequency=1, show_progress=False)
    return bpe


def two_files(folder: Path) -> None:
    byte_level(folder).save_model(str(folder))


def one_file(folder: Path) -> None:
    byte_level(folder).save(str(folder / "tokenizer.json"))


def no_merges(folder: Path) -> None:
    from pellucid.files.tokenizer import BYTE_OF

    (folder / "vocab.json").write_text(json.dumps(BYTE_OF))
    (folder / "merges.txt").write_text("#version: 0.2\n")


def of_transformers(**settings: Any) -> Write:
    """As save_pretrained writes a GPT-2 tokenizer, with tokens added and settings given."""

    def write(folder: Path) -> None:
        import transformers

        two_files(folder)
        tokenizer = transformers.GPT2Tokenizer.from_pretrained(folder, **settings)
        tokenizer.add_tokens(["[MASK]"])
        for file in ("vocab.json", "merges.txt"):
            (folder / file).unlink()
        tokenizer.save_pretrained(folder)

    return write


def with_added_tokens(folder: Path) -> None:
    """As version 4 wrote it: two files, and what was added in others."""
    two_files(folder)
    count = len(json.loads((folder / "vocab.json").read_text()))
    (folder / "added_tokens.json").write_text(json.dumps({"<|endoftext|>": count, "<pad>": count + 1}))
    (folder / "special_tokens_map.json").write_text(
        json.dumps({"pad_token": "<pad>", "eos_token": {"content": "<|endoftext|>", "lstrip": False}})
    )


def of_another_class(folder: Path) -> None:
    """WordPiece, with a post-processor that puts tokens around a text, as BERT's."""
    from tokenizers import BertWordPieceTokenizer

    words = BertWordPieceTokenizer()
    words.train_from_iterator(LEARNED, vocab_size=200, min_frequency=1, show_progress=False)
    words.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}')


def with_settings(write: Write, **settings: Any) -> Write:
    """With what tokenizer_config.json says beside it, whatever wrote that."""

    def write_both(folder: Path) -> None:
        write(folder)
        (folder / "tokenizer_config.json").write_text(json.dumps(settings))

    return write_both


def with_chance(folder: Path) -> None:
    """As a tokenizer is saved that merges by chance while a model is trained."""
    one_file(folder)
    content = json.loads((folder / "tokenizer.json").read_text())
    content["model"]["dropout"] = 0.5
    (folder / "tokenizer.json").write_text(json.dumps(content))


def with_a_greedy_end(folder: Path) -> None:
    """Where the file itself says that spaces belong to a token that has a role."""
    bpe = byte_level(folder)
    bpe.add_special_tokens([added(END, lstrip=True, rstrip=True)])
    bpe.save(str(folder / "tokenizer.json"))


def with_padding(folder: Path) -> None:
    """Where the file itself says what texts are filled up with: a token that its vocabulary lacks."""
    bpe = byte_level(folder)
    bpe.enable_padding(length=100, pad_token="<pad>")
    bpe.save(str(folder / "tokenizer.json"))


def with_older_files(folder: Path) -> None:
    """Beside settings that list all added tokens, the files of earlier versions mean nothing."""
    with_settings(one_file, added_tokens_decoder={})(folder)
    (folder / "special_tokens_map.json").write_text(json.dumps({"pad_token": "<pad>"}))


def greedy_by_number(folder: Path) -> None:
    one_file(folder)
    number = byte_level(folder).token_to_id("the")
    settings = {"added_tokens_decoder": {str(number): {**GREEDY, "content": "the"}}}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def added(text: str, **options: bool) -> Any:
    from tokenizers import AddedToken

    return AddedToken(text, **options)


END = "<|endoftext|>"
GREEDY = {"content": END, "lstrip": True, "rstrip": True, "normalized": False, "single_word": False, "special": True}

FOLDERS: dict[str, Write] = {
    "vocab.json and merges.txt": two_files,
    "tokenizer.json": one_file,
    "bytes without merges": no_merges,
    "transformers'": of_transformers(),
    "with a pad token": of_transformers(pad_token="<pad>"),
    "with a space before": of_transformers(add_prefix_space=True),
    "with a token before each text": of_transformers(add_bos_token=True),
    "with tokens around each text": of_transformers(add_bos_token=True, add_eos_token=True, pad_token="<pad>"),
    "with added tokens beside it": with_added_tokens,
    "another class": of_another_class,
    "one file, and settings that ask for tokens around": with_settings(
        one_file, add_bos_token=True, add_eos_token=True
    ),
    "two files, and no token to put before": with_settings(two_files, add_bos_token=True, bos_token=None),
    "a space before that one file does not speak of": with_settings(one_file, add_prefix_space=True),
    "a space before that only one file speaks of": lambda folder: byte_level(folder, add_prefix_space=True).save(
        str(folder / "tokenizer.json")
    ),
    "special tokens that are split": with_settings(one_file, split_special_tokens=True),
    "special tokens with the spaces around": with_settings(two_files, eos_token={**GREEDY, "__type": "AddedToken"}),
    "the same, by number": greedy_by_number,
    "further special tokens": with_settings(
        one_file, additional_special_tokens=[{**GREEDY, "content": "<pad>", "__type": "AddedToken"}]
    ),
    "a role of the model's own": with_settings(one_file, image_token="<pad>"),
    "merges by chance": with_chance,
    "spaces around, by the file": with_a_greedy_end,
    "older files that mean nothing": with_older_files,
    "padding, in GPT-2's class": with_settings(with_padding, mask_token="[MASK]"),
    "padding, in another class": with_settings(
        with_padding, mask_token="[MASK]", tokenizer_class="PreTrainedTokenizerFast"
    ),
}


def model_in(folder: Path, write: Write, count: int = 400) -> Model:
    config = GPT2Config(n_layer=1, n_head=2, n_embd=8, vocab_size=count, n_positions=64)
    folder.mkdir(exist_ok=True)
    Model("small", config, random_parameters(config.graph())).save(folder)
    write(folder)
    return Model.load(folder)


@pytest.mark.parametrize("kind", FOLDERS)
def test_text_gives_the_tokens_of_the_models_own_tokenizer(kind: str, tmp_path: Path, transformers: ModuleType) -> None:
    model = model_in(tmp_path / "model", FOLDERS[kind])
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path / "model")
    assert model.vocabulary is not None
    assert not model.vocabulary.letters
    for text in TEXTS:
        tokens = model.vocabulary.encode(text)
        assert tokens == theirs.encode(text), text
        assert model.text(tokens) == theirs.decode(tokens), text
    assert model.tokens("the cat") == theirs.encode("the cat")


def test_merging_by_chance_is_told(tmp_path: Path, transformers: ModuleType) -> None:
    """Where transformers goes on doing so, a text has other tokens each time there, and the same ones here."""
    model = model_in(
        tmp_path / "model", with_settings(with_chance, tokenizer_class="PreTrainedTokenizerFast", eos_token=END)
    )
    assert model.vocabulary is not None
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path / "model")
    assert len({tuple(theirs.encode("the cat, the cat and the cat")) for _ in range(40)}) > 1
    with pytest.warns(PellucidWarning, match=r"without its dropout of 0\.5"):
        tokens = model.vocabulary.encode("the cat, the cat and the cat")
    model_in(tmp_path / "sure", with_settings(one_file, tokenizer_class="PreTrainedTokenizerFast", eos_token=END))
    sure = transformers.AutoTokenizer.from_pretrained(tmp_path / "sure")
    assert tokens == sure.encode("the cat, the cat and the cat")


def test_a_model_is_asked_and_answers_in_text(tmp_path: Path) -> None:
    model = model_in(tmp_path / "model", two_files)
    run = model.trace("猫は the cat\n")
    assert model.text(run.tokens) == "猫は the cat\n"
    assert model.generate(" the cat", 5, temperature=1.0, seed=2) == model.text(
        [step.token for step in model.steps(" the cat", 5, temperature=1.0, seed=2)]
    )
    with pytest.raises(PellucidError, match="The prompt is empty"):
        model.trace("")
    with pytest.raises(PellucidError, match="lone surrogate"):
        model.trace("a\ud800")
    with pytest.raises(PellucidError, match="more than 1,048,576 letters"):
        model.trace("x" * 2_000_000)


def test_letters_that_tokens_share_are_put_together(tmp_path: Path) -> None:
    model = model_in(tmp_path / "model", no_merges)
    tokens = model.tokens("あ b")
    assert tokens == [*"あ".encode(), 32, 98]
    assert model.text(tokens) == "あ b"
    assert model.text(tokens[:2]) == "�"
    assert model.vocabulary is not None
    assert [model.vocabulary.pieces[token] for token in tokens] == ["<0xE3>", "<0x81>", "<0x82>", "␣", "b"]


def test_pieces_can_be_read(tmp_path: Path) -> None:
    model = model_in(tmp_path / "model", of_transformers(pad_token="<pad>"))
    assert model.vocabulary is not None
    pieces = model.vocabulary.pieces
    assert len(pieces) == 400
    assert all(piece.isprintable() and " " not in piece for piece in pieces)
    for text, shown in ((" the", "␣the"), ("\n", "↵"), ("<pad>", "<pad>"), ("[MASK]", "[MASK]"), ("\x1b", r"\x1b")):
        (token,) = model.tokens(text)
        assert pieces[token] == shown
    assert pieces[-1] == ""  # a row of the table that no text stands for
    assert model.text([399]) == ""


def test_signs_for_what_cannot_be_seen() -> None:
    assert visible("a b\r\n\t\u200b") == "a␣b␍↵⇥\\u200b"
    assert visible_bytes("あé".encode()[1:] + b"\xff ok") == "<0x81><0x82>é<0xFF>␣ok"


@pytest.mark.parametrize("kind", ["vocab.json and merges.txt", "transformers'", "with added tokens beside it"])
def test_a_tokenizer_is_saved_copied_and_sent_with_its_model(kind: str, tmp_path: Path) -> None:
    model = model_in(tmp_path / "model", FOLDERS[kind])
    model.save(tmp_path / "again")
    text = TEXTS[0] + TEXTS[5]
    for other in (Model.load(tmp_path / "again"), pickle.loads(pickle.dumps(model)), deepcopy(model)):
        assert other.tokens(text) == model.tokens(text)


def test_saving_letters_over_a_tokenizer_leaves_none_of_it(tmp_path: Path) -> None:
    from small import random_model

    model_in(tmp_path / "model", with_added_tokens)
    random_model().save(tmp_path / "model")
    again = Model.load(tmp_path / "model")
    assert again.vocabulary is not None
    assert again.vocabulary.letters
    assert again.tokens("ABC") == [0, 1, 2]


def test_letters_that_are_glyphs_of_bytes_are_known_without_merges(tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        no_merges(folder)
        (folder / "merges.txt").unlink()

    assert model_in(tmp_path / "model", write).tokens("café b") == [*"café b".encode()]


def spoiled(name: str, content: str | bytes) -> Write:
    def write(folder: Path) -> None:
        two_files(folder)
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    return write


BROKEN: dict[str, tuple[Write, str]] = {
    "no JSON": (spoiled("tokenizer.json", "{"), "not one that the library `tokenizers` can read"),
    "no tokenizer": (spoiled("tokenizer.json", "{}"), "not one that the library `tokenizers` can read"),
    "no text": (spoiled("tokenizer.json", b"\xff"), "not one that the library `tokenizers` can read"),
    "deep": (spoiled("tokenizer.json", "[" * 100_000), "not one that the library `tokenizers` can read"),
    "merges of nothing known": (spoiled("merges.txt", "Q QQ\n"), "not one that the library `tokenizers` can read"),
    "merges of three": (spoiled("merges.txt", "a b c\n"), "two pieces with a space between them"),
    "no number": (spoiled("vocab.json", '{"a": 0.5}'), "a whole number of its own"),
    "a list": (spoiled("added_tokens.json", "[]"), "added_tokens.json holds list"),
    "numbers that differ": (spoiled("added_tokens.json", '{"<pad>": 1000}'), "gives '<pad>' the number"),
    "settings of odd kinds": (
        spoiled("tokenizer_config.json", '{"added_tokens_decoder": {"x": 5}}'),
        "says added_tokens_decoder {'x': 5}, which transformers never writes",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_damaged_tokenizer_is_refused_in_a_sentence(case: str, tmp_path: Path) -> None:
    write, sentence = BROKEN[case]
    with pytest.raises(PellucidError, match=sentence) as caught:
        model_in(tmp_path / "model", write).tokens("the cat")
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("kind", ["transformers'", "bytes without merges", "another class"])
def test_the_command_line_and_the_server_ask_in_text(kind: str, tmp_path: Path) -> None:
    model = model_in(tmp_path / "my-model", FOLDERS[kind])
    done = subprocess.run(
        [sys.executable, "-m", "pellucid", "generate", str(tmp_path / "my-model"), "the cat", "--count", "3", "--json"],
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["output"] == model.generate("the cat", 3)
    with TestClient(application([model]), base_url="http://127.0.0.1") as client:
        description = client.get("/api/models/my-model").json()
        assert model.tokens(description["example"])
        size = description["graph"]["axes"]["v"]["size"]
        assert description["vocabulary"] == list(model.pieces(range(size)))
        traced = client.get("/api/models/my-model/trace", params={"text": "the cat\n"})
        assert traced.status_code == 200
        tokens = model.tokens("the cat\n")
        path = tmp_path / "trace"
        path.write_bytes(traced.content)
        metadata = StoredArrays(path).metadata
        assert json.loads(metadata["tokens"]) == tokens
        assert json.loads(metadata["pieces"]) == model.pieces(tokens)
        following = client.get(f"/api/models/my-model/next?tokens={','.join(map(str, tokens))}").json()
        assert following["chosen"]["text"] == model.pieces([following["chosen"]["token"]])[0]


def test_what_a_model_writes_is_never_obeyed_by_a_terminal(tmp_path: Path) -> None:
    alphabet = {letter: number for number, letter in enumerate("ab\x1b\x9b\n")}
    folder = tmp_path / "model"
    model_in(folder, lambda folder: (folder / "vocab.json").write_text(json.dumps(alphabet)), count=5)
    done = subprocess.run(
        [sys.executable, "-m", "pellucid", "generate", str(folder), "ab", "--temperature", "100"],
        capture_output=True,
        check=True,
    )
    assert "\\x1b" in done.stdout.decode()
    assert not set("\x1b\x9b") & {*done.stdout.decode()}


def test_the_article_asks_for_the_numbers_of_a_tokenizers_tokens(tmp_path: Path) -> None:
    """No text that is shown in a field would be sure to give the same tokens again."""
    model = model_in(tmp_path / "model", two_files)
    tokens = ",".join(map(str, model.tokens("the猫")))
    with TestClient(application([model]), base_url="http://127.0.0.1") as client:
        for language in ("en", "ja"):
            answer = client.get(f"/read/{language}", params={"text": "the猫"})
            assert answer.status_code == 200
            assert f'name="tokens" value="{tokens}"' in answer.text


def failing() -> dict[str, Any]:
    """Tokenizers that can be opened, and cannot read every text or write every token."""
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

    endless = Tokenizer(models.BPE(vocab={"a": 0}, merges=[]))
    endless.pre_tokenizer = pre_tokenizers.Split(Regex("(a+)+$"), "isolated")
    endless_too = Tokenizer(models.BPE(vocab={"a": 0}, merges=[]))
    endless_too.normalizer = normalizers.Replace(Regex("(a+)+$"), "b")
    beyond = Tokenizer(models.BPE(vocab={"a": 0, "b": 1}, merges=[]))
    beyond.decoder = decoders.Strip("a", 5, 5)
    return {
        "a pattern without end": endless,
        "a pattern without end before it": endless_too,
        "words without one for others": Tokenizer(models.WordLevel({"a": 0}, unk_token="[UNK]")),
        "parts of words without one for others": Tokenizer(models.WordPiece({"a": 0}, unk_token="[UNK]")),
        "merges without one for others": Tokenizer(models.BPE(vocab={"a": 0}, merges=[], unk_token="<unk>")),
        "likeliest parts without one for others": Tokenizer(models.Unigram([("a", 0.0)], None)),
        "text that is not there": beyond,
    }


@pytest.mark.parametrize("kind", failing())
def test_what_a_tokenizer_cannot_do_is_refused_in_a_sentence(kind: str, tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        failing()[kind].save(str(folder / "tokenizer.json"))

    model = model_in(tmp_path / "model", with_settings(write, tokenizer_class="PreTrainedTokenizerFast"))
    with pytest.raises(PellucidError, match=r"^The model's tokenizer cannot (read this text|write these tokens)") as no:
        model.text(model.tokens("a" * 30 + "!"))
    assert no.value.code == "bad-tokenizer"
    assert no.value.message.isprintable()
    asked = TestClient(application([model]), base_url="http://127.0.0.1").get(
        "/api/models/model/tokens", params={"text": "a" * 30 + "!"}
    )
    assert asked.status_code == 400
    assert asked.json()["error"]["code"] == "bad-tokenizer"


MANY: Any = {"id": "x", "ids": [0] * 5_000, "tokens": ["a"] * 5_000}


def growing() -> dict[str, Any]:
    """Parts of a tokenizer of one letter that make a text longer, time and again."""
    from tokenizers import Regex, decoders, normalizers, pre_tokenizers, processors

    tenfold, spaces = "a" * 10, pre_tokenizers.ByteLevel(use_regex=False)
    twice = processors.TemplateProcessing(single="$A $A", special_tokens=[])
    return {
        "replacements": {"normalizer": normalizers.Sequence([normalizers.Replace("a", tenfold)] * 9)},
        "nested": {
            "normalizer": normalizers.Sequence([normalizers.Sequence([normalizers.Replace("a", tenfold)] * 5)] * 5)
        },
        "between letters": {"normalizer": normalizers.Sequence([normalizers.Replace(Regex(""), "a")] * 40)},
        "bytes of bytes": {"pre_tokenizer": pre_tokenizers.Sequence([spaces] * 40)},
        "in both": {
            "normalizer": normalizers.Sequence([normalizers.Replace("a", tenfold)] * 3),
            "pre_tokenizer": pre_tokenizers.Sequence([spaces] * 3),
        },
        "templates": {"post_processor": processors.Sequence([twice] * 40)},
        "a token of many": {"post_processor": processors.TemplateProcessing(single="x $A", special_tokens=[MANY])},
        "answers": {"decoder": decoders.Sequence([decoders.Replace("a", tenfold)] * 9)},
    }


@pytest.mark.parametrize("kind", growing())
def test_a_tokenizer_that_multiplies_texts_without_bound_is_refused(kind: str, tmp_path: Path) -> None:
    from tokenizers import Tokenizer, models

    def write(folder: Path) -> None:
        tokenizer = Tokenizer(models.BPE(vocab={"a": 0}, merges=[]))
        for part, value in growing()[kind].items():
            setattr(tokenizer, part, value)
        tokenizer.save(str(folder / "tokenizer.json"))

    with pytest.raises(PellucidError, match=r"^The model's tokenizer makes texts more than 4,096 times as long"):
        model_in(tmp_path / "model", write)


def test_steps_of_known_tokenizers_are_within_the_bound() -> None:
    from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.BPE(vocab={"a": 0, "<s>": 1}, merges=[]))
    steps = [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁"), normalizers.NFKD(), normalizers.Lowercase()]
    tokenizer.normalizer = normalizers.Sequence([*steps, normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    template = processors.TemplateProcessing(single="<s> $A <s>", special_tokens=[("<s>", 1)])
    tokenizer.post_processor = processors.Sequence([processors.ByteLevel(), template])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    assert not grows_without_bound(tokenizer)


def many_added(count: int) -> Write:
    settings: dict[str, Any] = {"tokenizer_class": "PreTrainedTokenizerFast"}
    settings |= {"added_tokens_decoder": {str(300 + number): {"content": f"<{number}>"} for number in range(count)}}

    def write(folder: Path) -> None:
        from tokenizers import Tokenizer, models

        vocabulary = {f"w{number}": number for number in range(300)}
        Tokenizer(models.WordLevel(vocabulary, unk_token="w0")).save(str(folder / "tokenizer.json"))
        (folder / "tokenizer_config.json").write_text(json.dumps(settings))

    return write


def test_many_added_tokens_are_added_and_more_than_the_model_could_know_are_refused(tmp_path: Path) -> None:
    count = 60_000
    model = model_in(tmp_path / "model", many_added(count), 300 + count)
    assert model.tokens(f"<7><{count - 1}>") == [307, 299 + count]
    with pytest.raises(PellucidError, match="adds 60,000 tokens, far more than the model knows"):
        model_in(tmp_path / "model", many_added(count)).tokens("<7>")


@pytest.mark.parametrize("kind", ["RobertaTokenizer", "Qwen2Tokenizer", "PreTrainedTokenizerFast"])
def test_two_files_of_another_class_are_refused(kind: str, tmp_path: Path) -> None:
    with pytest.raises(PellucidError, match=f"is a '{kind}', which only a tokenizer.json says all of"):
        model_in(tmp_path / "model", with_settings(two_files, tokenizer_class=kind))


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("added_tokens.json", {"x": -1}, "added_tokens.json must give each piece of text a whole number of its own"),
        (
            "tokenizer_config.json",
            {"added_tokens_decoder": []},
            r"says added_tokens_decoder \[\]",
        ),
        ("tokenizer_config.json", {"added_tokens_decoder": {"5": {}}}, "says added_tokens_decoder {'5': {}}"),
        ("tokenizer_config.json", {"added_tokens_decoder": {"x": {"content": "a"}}}, "says added_tokens_decoder {'x'"),
        ("tokenizer_config.json", {"tokenizer_class": ["x"]}, r"says tokenizer_class \['x'\]"),
        ("tokenizer_config.json", {"split_special_tokens": "yes"}, "says split_special_tokens 'yes'"),
        ("tokenizer_config.json", {"bos_token": 5}, "says bos_token 5"),
        ("tokenizer_config.json", {"bos_token": {"content": "a", "lstrip": None}}, "says bos_token {'content': 'a'"),
        ("tokenizer_config.json", {"extra_special_tokens": "abc"}, "says extra_special_tokens 'abc'"),
        (
            "special_tokens_map.json",
            {"additional_special_tokens": [[]]},
            "special_tokens_map.json says additional",
        ),
    ],
)
def test_settings_of_the_wrong_shape_are_named(file: str, content: object, said: str, tmp_path: Path) -> None:
    def write(folder: Path) -> None:
        one_file(folder)
        (folder / file).write_text(json.dumps(content))

    with pytest.raises(PellucidError, match=said):
        model_in(tmp_path / "model", write)


def test_a_tokenizer_that_another_file_says_is_refused(tmp_path: Path) -> None:
    write = with_settings(one_file, fast_tokenizer_files=["tokenizer.4.0.0.json", "tokenizer.json"])
    with pytest.raises(PellucidError, match="may be in another file, as tokenizer_config"):
        model_in(tmp_path / "model", write)
    assert model_in(tmp_path / "same", with_settings(one_file, fast_tokenizer_files=["tokenizer.json"])).tokens("a")


def test_what_the_library_says_of_a_panic_is_not_heard(tmp_path: Path) -> None:
    tokenizer = {
        "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []},
        "pre_tokenizer": {"type": "FixedLength", "length": 0},
    }
    model_in(tmp_path / "model", lambda folder: None)
    (tmp_path / "model" / "tokenizer.json").write_text(json.dumps({"version": "1.0", "added_tokens": [], **tokenizer}))
    program = Path(sys.executable).with_name("pellucid")
    done = subprocess.run([program, "generate", tmp_path / "model", "a"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("pellucid: The model's tokenizer cannot read this text")
    assert done.stderr.count("\n") == 1


def with_a_step(folder: Path) -> None:
    from tokenizers import normalizers

    bpe = byte_level(folder)
    bpe.normalizer = normalizers.NFKC()
    bpe.save(str(folder / "tokenizer.json"))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "GPT2Tokenizer leaves out its normalizer"),
        ({"tokenizer_class": "GPT2TokenizerFast"}, "GPT2TokenizerFast leaves out its normalizer"),
        ({"tokenizer_class": "RobertaTokenizer"}, "'RobertaTokenizer' has rules of its own"),
        ({"tokenizer_class": "PreTrainedTokenizerFast"}, None),
    ],
)
def test_where_transformers_makes_another_tokenizer_it_is_said(
    settings: dict[str, Any], said: str | None, tmp_path: Path, transformers: ModuleType
) -> None:
    model = model_in(tmp_path / "model", with_settings(with_a_step, **settings))
    theirs = transformers.AutoTokenizer.from_pretrained(tmp_path / "model")("①")["input_ids"]
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        ours = model.tokens("①")
    assert [said in str(warning.message) for warning in heard if said] == ([True] if said else [])
    assert (ours == theirs) == (said is None)


def test_only_numbers_of_tokens_are_written_as_text(tmp_path: Path) -> None:
    for vocabulary in (Vocabulary("ab"), model_in(tmp_path / "model", one_file).vocabulary):
        assert vocabulary is not None
        for tokens in (None, "ab", [0.5], [-1], [10**9]):
            with pytest.raises(PellucidError):
                vocabulary.decode(tokens)  # type: ignore[arg-type]
        for text in (None, b"ab", ["a"]):
            with pytest.raises(PellucidError, match="it must be text"):
                vocabulary.encode(text)  # type: ignore[arg-type]
