"""The commands of ``sttm``, each a thin shell: running, comparing, features, data; and shared."""
