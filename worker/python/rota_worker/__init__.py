"""The Python part of a worker: what calls functions of the user's own. Started by Rota alone."""
