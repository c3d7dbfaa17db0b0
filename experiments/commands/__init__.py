"""The commands of ``sttm``, each a thin shell: running, features, data; ``shared`` is theirs."""
