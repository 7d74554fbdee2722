"""What stands around a prompt: the chat template with the prompt as the user's message, or the model's opening token.

It is part of the policy, not of the prompt: trajectories carry prompts without it.
"""

from typing import Any, NamedTuple

from arena.core.errors import BadSpec
from workers.policy.policy import Tokens

HERE = "THE-PROMPT-STANDS-HERE"


class Frame(NamedTuple):
    """Token ids before and after each prompt."""

    before: Tokens
    after: Tokens

    def around(self, prompt: Tokens) -> Tokens:
        """The prompt as the model reads it."""
        return (*self.before, *prompt, *self.after)


def frame(tokenizer: Any, *, chat: bool) -> Frame:
    """The frame of a tokenizer. Raises `BadSpec` if it has no chat template, or one that changes the prompt."""
    if not chat:
        opening = tokenizer.bos_token_id if tokenizer("a")["input_ids"][0] == tokenizer.bos_token_id else None
        return Frame(() if opening is None else (opening,), ())
    if not tokenizer.chat_template:
        raise BadSpec("This model has no chat template.", todo="Set `chat` to false.")
    message = [{"role": "user", "content": HERE}]
    text = tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
    before, found, after = text.partition(HERE)
    if not found:
        raise BadSpec("This model's chat template does not hold the prompt as it is.", todo="Set `chat` to false.")
    return Frame(*(tuple(tokenizer(part, add_special_tokens=False)["input_ids"]) for part in (before, after)))
