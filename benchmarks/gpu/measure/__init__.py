"""How fast the GPU backend learns and samples, beside a straightforward implementation and the device's own limits."""
