/* cr_machine.h - what of a checkpoint differs from machine to machine
 *
 * A new machine needs this header and cr_machine.c, and nothing else.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/user.h>

#if defined(__x86_64__)
enum { CR_MACHINE = 62 }; /* as ELF counts */
#define CR_TASK_SIZE ((uint64_t)0x7ffffffff000)
#else
#define CR_TASK_SIZE ((uint64_t)0)
enum { CR_MACHINE = 0 }; /* none: cr_machine_is_known() says no */
#endif

struct cr_registers {
	struct user_regs_struct user;
};

bool cr_machine_is_known(void);

/* The registers that a thread has beside the general ones, as notes of
 * PTRACE_GETREGSET; 0 behind the last. */
const unsigned int *cr_machine_notes(void);

/* Is it a program of another kind, as of 32 bits? */
bool cr_machine_is_foreign(const struct cr_registers *r);

/* Where in these bytes, of a vdso, is an instruction that calls the kernel?  -1:
 * nowhere. */
long cr_machine_find_call(const unsigned char *bytes, size_t size);

/* Make the registers those of a system call at that instruction, and none be
 * restarted; and read what it returned. */
void cr_machine_call(struct cr_registers *r, uint64_t at, long number,
		     const uint64_t args[6]);
long cr_machine_result(const struct cr_registers *r);

/* A program that may be anywhere, and has no memory but that: it makes the system
 * calls of a row of steps (cr_steps.h).  When one returns too little it writes down
 * the result and where the step is, and goes on with others. */
typedef void (*cr_runner)(const void *steps, const void *failed,
			  int64_t *result);
extern const unsigned char cr_machine_runner[];
extern const size_t cr_machine_runner_size;

/* A thread that was stopped in a system call makes it again, as the kernel would
 * have done; same: it is the very thread, which the kernel knows how long to
 * let sleep. */
void cr_machine_restart(struct cr_registers *r, bool same);

/* A thread that was stopped before makes restart_syscall(2): then only the kernel knows
 * which call that is, and for that thread alone.  It has one of its own again by the
 * kernel's function in which it waits (/proc/PID/wchan). */
bool cr_machine_is_again(const struct cr_registers *r);
void cr_machine_name_call(struct cr_registers *r, const char *where);

/* The features of the processor's that its state may use; 0: unknown. */
uint64_t cr_machine_features(void);

/* May functions be called that are CR_WIDE, made of instructions for 32 bytes? */
bool cr_machine_is_wide(void);
#if defined(__x86_64__)
#define CR_WIDE __attribute__((target("avx2")))
#else
#define CR_WIDE
#endif
