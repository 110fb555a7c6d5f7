//! The HTTP profile: flows that the consumer pulls, with tokens that are renewed.

use super::step::Order::{Prepare, Start};
use super::step::Step::{
    self, Ask, Confirm, HttpPull, NoAddress, RefuseRenewal, RefuseUnrenewable, Renew, Renewable, SendRenewable,
};
use super::step::Wrong;
use crate::kit::sequence::Sequence;

pub(super) const SEQUENCES: &[Sequence<Step>] = &[
    Sequence {
        id: "DP_C_HTTP_PULL:01-01",
        title: "consumer accepts a renewable http-pull DataAddress in the started notification",
        steps: &[Ask(Prepare), NoAddress, SendRenewable, Confirm("STARTED")],
    },
    Sequence {
        id: "DP_C_HTTP_PULL:02-01",
        title: "consumer rejects an http-pull DataAddress that lacks Token Renewal properties",
        steps: &[Ask(Prepare), NoAddress, RefuseUnrenewable],
    },
    Sequence {
        id: "DP_P_HTTP_PULL:01-01",
        title: "start response DataAddress conforms to the HTTP pull and Token Renewal profiles and the provider honors a refresh_token request",
        steps: &[Ask(Start), HttpPull, Renewable, Confirm("STARTED"), Renew],
    },
    Sequence {
        id: "DP_P_HTTP_PULL:02-01",
        title: "provider rejects a token refresh presenting an invalid refresh token",
        steps: &[Ask(Start), Renewable, Confirm("STARTED"), RefuseRenewal(Wrong::Token)],
    },
    Sequence {
        id: "DP_P_HTTP_PULL:02-02",
        title: "provider rejects a token refresh with an invalid client-authentication token (wrong aud)",
        steps: &[Ask(Start), Renewable, Confirm("STARTED"), RefuseRenewal(Wrong::Client)],
    },
];
