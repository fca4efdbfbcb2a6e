"""How each kind of study is carried out from the command line."""
