"""Estimated work of learning, in floating-point operations. What attention itself costs is left out, as is usual."""

from workers.policy.policy import Policy


def flops(policy: Policy, rollout_tokens: float = 0.0) -> float:
    """Two operations a parameter and token forward and four backward (Kaplan et al. 2020, arXiv 2001.08361, §2.1).

    So a parameter that is learnt costs 6 for each token that is learnt from and 2 for each that is only read (values
    before the update, evaluations, rollouts). A frozen one costs 2 for each token that passes it, and 2 more where
    gradients go back through it, which change nothing there. Embeddings count where they are learnt. Left out are
    copies that stand still, such as the reference of a regulariser, and frozen layers of rollouts where what they make
    of a context is remembered: each passes them once.

    Args:
        rollout_tokens: passed forward by whoever plays, elsewhere.
    """
    learnt = policy.parameters * (2.0 * (policy.tokens_seen + rollout_tokens) + 4.0 * policy.tokens_learnt)
    played = 0.0 if policy.remembers else rollout_tokens
    return learnt + 2.0 * policy.frozen * (policy.frozen_passes + played)
