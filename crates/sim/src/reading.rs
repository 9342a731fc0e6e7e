//! Reads the whole account back, as a client would.

use std::collections::BTreeSet;

use crate::answer::Answer;
use crate::call::signed;
use crate::model::{Key, Model, Role, User};
use crate::world::{Broken, World};

/// The account as root sees it, and the ids of the calls that it took.
pub(crate) fn read(world: &World) -> Result<(Model, Vec<String>), Broken> {
    let mut reader = Reader { world, ids: Vec::new() };
    let mut model = Model::default();
    for group in reader.list("ListGroups", &[], "GroupName")? {
        let inline = reader.list("ListGroupPolicies", &[("GroupName", &group)], "member")?;
        model.groups.insert(group, !inline.is_empty());
    }
    for name in reader.list("ListUsers", &[], "UserName")? {
        let user = reader.user(&name)?;
        model.users.insert(name, user);
    }
    for name in reader.list("ListRoles", &[], "RoleName")? {
        let inline = reader.list("ListRolePolicies", &[("RoleName", &name)], "member")?;
        model.roles.insert(name, Role { born: 0, inline: !inline.is_empty() });
    }
    Ok((model, reader.ids))
}

struct Reader<'a> {
    world: &'a World,
    ids: Vec<String>,
}

impl Reader<'_> {
    fn ask(&mut self, operation: &str, parameters: &[(&str, &str)]) -> Result<Answer, Broken> {
        let (root, now) = (self.world.root(), self.world.now());
        let call = signed(("iam", "2010-05-08"), operation, parameters, root, now);
        let answer = self.world.calls(vec![call])?.into_iter().flatten().next();
        let (_, answer) = answer.ok_or_else(|| Broken::of("no answer"))?;
        self.ids.push(answer.request_id.clone());
        match answer.code() {
            None => Ok(answer),
            Some(code) => Err(Broken(format!("{operation} {parameters:?} answers {code}"))),
        }
    }

    fn list(
        &mut self,
        operation: &str,
        parameters: &[(&str, &str)],
        element: &str,
    ) -> Result<Vec<String>, Broken> {
        let answer = self.ask(operation, parameters)?;
        Ok(answer.elements(element).map(str::to_owned).collect())
    }

    fn user(&mut self, name: &str) -> Result<User, Broken> {
        let of = [("UserName", name)];
        let keys = self.ask("ListAccessKeys", &of)?;
        let states = keys.elements("Status").map(|status| status == "Active");
        let keys = keys.elements("AccessKeyId").zip(states);
        let keys = keys.map(|(id, active)| Key { id: Some(id.to_owned()), active }).collect();
        let groups = self.list("ListGroupsForUser", &of, "GroupName")?;
        Ok(User {
            born: 0,
            keys,
            inline: !self.list("ListUserPolicies", &of, "member")?.is_empty(),
            attached: !self.list("ListAttachedUserPolicies", &of, "PolicyArn")?.is_empty(),
            groups: groups.into_iter().collect::<BTreeSet<_>>(),
        })
    }
}
