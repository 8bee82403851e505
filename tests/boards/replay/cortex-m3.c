/**
 * Starts a C program with newlib's semihosting on a Cortex-M3: its standard streams are those of the emulator. The vectors are the
 * stack's end and newlib's own start; whatever else happens locks the processor up, and the program with it.
 */
extern void _start(void);
extern char __stack[];

__attribute__((section(".vectors"), used)) static const void *const vectors[] = {__stack, (const void *)_start};
