/* embedded.h - the programs that launch carries inside itself */
#pragma once

/* A sealed memfd, to be executed: nobody can change it.  -1 with errno. */
int embedded_minit_open(void);
int embedded_stage_open(void);
