"""What lies on disk, in and out. Folders as Hugging Face has them, safetensors read array by array."""
