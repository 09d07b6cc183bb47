/** Exit code of a program whose error is something that the person wrote or chose, and can write or choose otherwise. */
export const WRONG_INPUT = 2
