"""An example selector for few-shot prompts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from langchain_core.example_selectors import BaseExampleSelector

from ragzip.checks import answers_misuse, item_list, shown, text, whole_number
from ragzip.compressors.soft.family import Soft
from ragzip.errors import InputError, OptionError
from ragzip.integrations.demonstrations.bank import DemonstrationBank
from ragzip.integrations.demonstrations.template import Demonstration

__all__ = ["RagzipExampleSelector"]


class RagzipExampleSelector(BaseExampleSelector):
    """Examples that suit an input, within a budget, for ``FewShotPromptTemplate(example_selector=…)``.

    The budget counts the examples as ``template`` and ``separator`` write them: set them as the ``example_prompt`` and
    the ``example_separator`` of the prompt. The most similar example comes last.

    :param examples: dicts, as the ``example_prompt`` takes them.
    :param input_key: of what may be shortened; the variable of the new input has the same name.
    :param label_key: of what never is.
    :param question_key: of a question about the input, if there is one.
    :param count: most examples.
    :param target_tokens: most tokens of all examples together; None: no limit.
    :param template: with ``{input}``, ``{label}`` and perhaps ``{question}`` in it, whatever the keys are.

    Other options are those of :class:`ragzip.demonstrations.DemonstrationBank`.
    :raises InputError: an example without these keys.
    :raises OptionError: an option outside its range, or a soft compressor, whose vectors no text prompt can hold.
    """

    @answers_misuse
    def __init__(
        self,
        examples: Iterable[Mapping[str, Any]] = (),
        *,
        input_key: str = "input",
        label_key: str = "output",
        question_key: str | None = None,
        count: int = 8,
        target_tokens: int | None = None,
        **options: Any,
    ) -> None:
        self.input_key, self.label_key = text(input_key, "input_key"), text(label_key, "label_key")
        self.question_key = None if question_key is None else text(question_key, "question_key")
        self.count = whole_number(count, "count", least=1)
        self.target_tokens = None if target_tokens is None else whole_number(target_tokens, "target_tokens")
        self.bank = DemonstrationBank(**options)
        if isinstance(self.bank.chooser.compressor, Soft):
            raise OptionError(
                f"compressor: received {self.bank.chooser.compressor.name}, expected one that leaves text. "
                "DemonstrationBank.select() gives vectors."
            )
        self.examples: list[dict[str, Any]] = []
        given_examples = item_list(examples, "examples", Mapping, expected="dicts", error=InputError)
        self.bank.add([self._demonstration(example) for example in given_examples])
        self.examples += map(dict, given_examples)

    def add_example(self, example: dict[str, str]) -> None:
        """Add ``example`` to those that are selected from."""
        self.bank.add([self._demonstration(example)])
        self.examples.append(dict(example))

    def select_examples(self, input_variables: dict[str, str]) -> list[dict[str, Any]]:
        """Copies of the examples that suit the new input, with what is kept of their inputs.

        :raises InputError: the input is not among the variables.
        """
        new_input = self._value(input_variables, self.input_key, "input_variables")
        question = "" if self.question_key is None else str(input_variables.get(self.question_key) or "")
        selection = self.bank.select(new_input, question=question, count=self.count, target_tokens=self.target_tokens)
        return [
            {**self.examples[number], self.input_key: demonstration.input}
            for number, demonstration in zip(selection.numbers, selection.demonstrations, strict=True)
        ]

    def _demonstration(self, example: Mapping[str, Any]) -> Demonstration:
        keys = {"input": self.input_key, "label": self.label_key}
        if self.question_key is not None:
            keys["question"] = self.question_key
        return Demonstration(**{name: self._value(example, key, "example") for name, key in keys.items()})

    def _value(self, values: Mapping[str, Any], key: str, where: str) -> str:
        if not isinstance(values, Mapping) or not isinstance(values.get(key), str):
            raise InputError(f"{where}: received {shown(values)}, expected a dict with a text under {key!r}.")
        return str(values[key])
