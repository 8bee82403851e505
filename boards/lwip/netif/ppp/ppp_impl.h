/** Takes the place of lwIP's header of this name: there is no PPP here. */
#ifndef LEASEHOLD_PPP_IMPL_H
#define LEASEHOLD_PPP_IMPL_H

#include "netif/ppp/ppp_opts.h"

#endif
