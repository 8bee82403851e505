/** Takes the place of lwIP's header of this name, which its other files include: there is no PPP here. */
#ifndef LEASEHOLD_PPP_OPTS_H
#define LEASEHOLD_PPP_OPTS_H

#define PPP_SUPPORT 0
#define PPP_NUM_TIMEOUTS 0

#endif
