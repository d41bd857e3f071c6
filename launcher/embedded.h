/* embedded.h - the minit that launch carries inside itself */
#pragma once

/* A sealed memfd with minit's image, close-on-exec, the caller's. */
int embedded_minit_open(void);
