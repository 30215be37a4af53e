//! Users, sessions and tokens.

use model::access::Role;
use reqwest::Method;
use uuid::Uuid;

use super::{Client, ClientError, part};
use crate::page::Paging;
use crate::session::{OpenSession, Sessions};
use crate::token::{CreateToken, CreatedToken, Token, Tokens};
use crate::user::{CreateUser, RemoveUser, SetPassword, SetRole, UserDetail, UserPage};

impl Client {
    /// Everybody, page by page. For administrators.
    pub async fn users(&self) -> Result<Vec<UserDetail>, ClientError> {
        let mut users = Vec::new();
        let mut paging = Paging::default();
        loop {
            let request = self.request(Method::GET, "/users").query(&paging);
            let page: UserPage = self.read(request).await?;
            users.extend(page.items);
            paging.cursor = page.next_cursor;
            if paging.cursor.is_none() {
                return Ok(users);
            }
        }
    }

    pub async fn create_user(&self, body: &CreateUser) -> Result<UserDetail, ClientError> {
        self.post_json("/users", body).await
    }

    pub async fn user(&self, user: &str) -> Result<UserDetail, ClientError> {
        self.get(&format!("/users/{}", part(user))).await
    }

    pub async fn set_role(&self, user: &str, role: Role) -> Result<(), ClientError> {
        let request = self.request(Method::PUT, &format!("/users/{}/role", part(user)));
        self.send(request.json(&SetRole { role })).await?;
        Ok(())
    }

    /// Ends every session and token of the user, also the one that asks.
    pub async fn set_password(&self, user: &str, body: &SetPassword) -> Result<(), ClientError> {
        let request = self.request(Method::PUT, &format!("/users/{}/password", part(user)));
        self.send(request.json(body)).await?;
        Ok(())
    }

    pub async fn delete_user(&self, user: &str, query: &RemoveUser) -> Result<(), ClientError> {
        let request = self.request(Method::DELETE, &format!("/users/{}", part(user)));
        self.send(request.query(query)).await?;
        Ok(())
    }

    /// Ends all sessions of a user; tokens stay.
    pub async fn end_sessions_of(&self, user: &str) -> Result<(), ClientError> {
        let path = format!("/users/{}/sessions", part(user));
        self.send(self.request(Method::DELETE, &path)).await?;
        Ok(())
    }

    /// One's own.
    pub async fn sessions(&self) -> Result<Vec<OpenSession>, ClientError> {
        let sessions: Sessions = self.get("/sessions").await?;
        Ok(sessions.items)
    }

    pub async fn end_session(&self, session: Uuid) -> Result<(), ClientError> {
        let request = self.request(Method::DELETE, &format!("/sessions/{session}"));
        self.send(request).await?;
        Ok(())
    }

    /// One's own.
    pub async fn tokens(&self) -> Result<Vec<Token>, ClientError> {
        let tokens: Tokens = self.get("/tokens").await?;
        Ok(tokens.items)
    }

    pub async fn create_token(&self, body: &CreateToken) -> Result<CreatedToken, ClientError> {
        self.post_json("/tokens", body).await
    }

    pub async fn delete_token(&self, token: Uuid) -> Result<(), ClientError> {
        let request = self.request(Method::DELETE, &format!("/tokens/{token}"));
        self.send(request).await?;
        Ok(())
    }
}
