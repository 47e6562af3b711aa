import { inBoth } from '../i18n/language.ts';

const en = {
  skip: 'Skip to the page',
  navigation: 'Pages',
  live: 'Live',
  stale: (text: string) => `Stale: nothing heard for ${text}`,
  connecting: 'Connecting',
  language: 'Language',
  theme: 'Colours',
  system: 'System',
  light: 'Light',
  dark: 'Dark',
  signOut: 'Sign out',
  signIn: 'Sign in',
  token: 'Token',
  signInHelp: 'Paste a token that was made for you. On the machine of the server the first one lies in its data folder, in the file token.',
  signInMake: 'Others are made with',
};

const ko: typeof en = {
  skip: '본문으로 건너뛰기',
  navigation: '페이지',
  live: '실시간',
  stale: (text) => `오래된 화면: ${text} 동안 소식 없음`,
  connecting: '연결 중',
  language: '언어',
  theme: '색상',
  system: '시스템',
  light: '밝게',
  dark: '어둡게',
  signOut: '로그아웃',
  signIn: '로그인',
  token: '토큰',
  signInHelp: '발급받은 토큰을 붙여 넣으세요. 서버가 있는 컴퓨터에서는 첫 토큰이 데이터 폴더의 token 파일에 있습니다.',
  signInMake: '다른 토큰은 다음 명령으로 만듭니다:',
};

export const text = inBoth({ en, ko });
