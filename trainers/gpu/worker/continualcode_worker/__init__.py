"""A LoRA backend on one device: student, teacher and sampler on one copy of the weights, driven over standard input."""

__version__ = "0.1.0"
PROTOCOL = 1
