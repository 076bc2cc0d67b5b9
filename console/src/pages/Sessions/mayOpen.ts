import { createContext } from 'react';

/** Whether the reader may open the pages of users and resources: told once for all rows. */
export const MayOpen = createContext(false);
